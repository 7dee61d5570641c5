/** A personal value's place in the vault, and what a record may hold of it. */
export type PersonalValue = { readonly ref: string; readonly mac: string }
