import type { Mode } from './mode.ts'
import type { HolderToken, OverrideToken, PassToken, PayToken, SpendIdentity } from './tokens.ts'

/**
 * What is spent is an identity, never a text (architecture, section 5). What is spent in training is another identity than what is spent live, as training has accounts of
 * its own: a code that was practised with still pays, and the same code again in training is refused there.
 */
export function spendIdentityOf(token: PayToken | HolderToken | OverrideToken, mode: Mode): SpendIdentity {
  const { iss } = token
  // No live identity begins like that: each says first by what it is told apart.
  const of = mode === 'training' ? 'training:' : ''
  switch (token.kind) {
    case 'pay':
    case 'override':
      return { iss, id: `${of}jti:${token.jti}` }
    case 'holder':
      return { iss, id: `${of}kb:${token.cnfThumbprint}:${token.nonce}` }
  }
}

/** Under which name it is known on which side of the barriers a pass is: a pass that practised going in has not gone in. */
export function passIdentityOf(
  { iss, jti }: Pick<PassToken, 'iss' | 'jti'>,
  mode: Mode,
): { readonly iss: string; readonly jti: string } {
  return { iss: mode === 'training' ? `training:${iss}` : iss, jti }
}
