declare const brand: unique symbol

/** A type that is `Base` at run time and cannot be mixed up with another `Base` at compile time. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }
