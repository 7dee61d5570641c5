import type { ChargeStatus } from '../../core/changes.ts'
import type { Money } from '../../core/money.ts'
import type { Language } from '../../core/money-text.ts'
import { moneyText } from '../../core/money-text.ts'
import type { Session, SessionCredential } from '../../core/parking/session.ts'

/** What `tolbooth session` says of a stay, in each language. `time` is told as it stands there. */
export type SessionWords = {
  readonly none: string
  readonly noneHere: string
  readonly cameIn: (zone: string) => string
  readonly notAll: (after: string) => string
  readonly status: Readonly<Record<Session['status'], string>>
  readonly since: (status: string, time: string) => string
  readonly where: (vehicleClass: string, place: string, lane: string, time: string) => string
  readonly knownBy: (known: readonly SessionCredential['kind'][]) => string
  readonly notAsked: string
  readonly paid: (charge: string, status: ChargeStatus, paid: Money, due: Money) => string
  readonly openCase: (id: string, kind: string) => string
}

export const sessionWords: Readonly<Record<Language, SessionWords>> = {
  vi: {
    none: 'không có lượt nào đang gửi',
    noneHere: 'phần này không có lượt nào',
    cameIn: (zone) => `vào lúc, theo giờ ${zone}`,
    notAll: (after) => `chưa hết: xem tiếp với --after ${after}, hoặc tăng --limit`,
    status: {
      entering: 'đang vào',
      inside: 'trong bãi',
      leaving: 'đang ra',
      left: 'đã ra',
      void: 'huỷ',
      closed: 'đã kết thúc',
    },
    since: (status, time) => `${status} từ ${time}`,
    where: (vehicleClass, place, lane, time) => `${vehicleClass} ở ${place}, vào qua ${lane} lúc ${time}`,
    knownBy: (known) => `nhận ra bằng ${known.map((kind) => KNOWN_BY[kind]).join(', ') || 'không gì cả'}`,
    notAsked: 'chưa hỏi khoản nào',
    paid: (charge, status, paid, due) =>
      `${charge} ${CHARGE[status]}: ${moneyText(paid, 'vi')} trên ${moneyText(due, 'vi')}`,
    openCase: (id, kind) => `việc chờ người xem ${id}: ${kind}`,
  },
  en: {
    none: 'no stay is open',
    noneHere: 'none in this part',
    cameIn: (zone) => `came in, by the time of ${zone}`,
    notAll: (after) => `these are not all: go on with --after ${after}, or show more with --limit`,
    status: {
      entering: 'entering',
      inside: 'inside',
      leaving: 'leaving',
      left: 'left',
      void: 'void',
      closed: 'closed',
    },
    since: (status, time) => `${status} since ${time}`,
    where: (vehicleClass, place, lane, time) => `${vehicleClass} at ${place}, in by ${lane} at ${time}`,
    knownBy: (known) => `known by ${known.join(', ') || 'nothing'}`,
    notAsked: 'nothing has been asked of it',
    paid: (charge, status, paid, due) => `${charge} ${status}: ${moneyText(paid, 'en')} of ${moneyText(due, 'en')}`,
    openCase: (id, kind) => `open case ${id}: ${kind}`,
  },
}

const KNOWN_BY: Readonly<Record<SessionCredential['kind'], string>> = {
  ticket: 'vé',
  plate: 'biển số',
  payer: 'mã người trả',
  right: 'vé tháng',
}

const CHARGE: Readonly<Record<ChargeStatus, string>> = {
  open: 'đang chờ',
  paid: 'đã trả đủ',
  owed: 'còn nợ',
  cancelled: 'đã huỷ',
  expired: 'hết hạn',
}
