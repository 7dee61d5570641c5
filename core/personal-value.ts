/** A personal value's place in the vault, and what a record may hold of it. */
export type PersonalValue = { readonly ref: string; readonly mac: string }

/**
 * What somebody typed to say why, as a record holds it: its place in the vault. A text in records of before such texts had one. `null` where nothing may be said of it: what was asked was refused, or our code threw.
 */
export type RecordedReason = PersonalValue | string | null
