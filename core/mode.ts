/** Training money never mixes with live money. */
export type Mode = 'live' | 'training'
