import type { BundleKind, BundleVersion, SiteLayout } from '../../core/site.ts'
import { wordsOfLanes } from './books-trouble.ts'

type Words = { readonly vi: string; readonly en: string }

/** What somebody is told of a bundle in force that this version cannot read: what is wrong, what does not work because of it, what goes on, and what to do. */
export function wordsOfUnreadable(
  kind: BundleKind,
  problems: readonly string[],
  version: BundleVersion | undefined,
  layout: SiteLayout | null,
): Words {
  const number = version === undefined ? '' : ` ${version.epoch}.${version.n}`
  const { file, isBlinding, vi, en } = MEANING[kind]
  const lanes = isBlinding ? wordsOfLanes(layout) : { vi: '', en: '' }
  const wrong = problems[0] ?? ''
  return {
    vi: `Bản${number} của ${file} đang dùng không đọc được (${wrong}): ${vi} Sửa ${file}, tăng version, rồi nạp lại.${lanes.vi}`,
    en: `The ${kind} in force, version${number}, cannot be read by this version of the program (${wrong}): ${en} Put a right ${file} with a higher version in place, and reload.${lanes.en}`,
  }
}

type Meaning = Words & {
  readonly file: string
  /** Nothing at all is decided without it. */
  readonly isBlinding: boolean
}

const MEANING: Record<BundleKind, Meaning> = {
  layout: { file: 'layout.json', isBlinding: true, vi: 'không thu gì.', en: 'nothing is taken.' },
  policy: { file: 'policy.json', isBlinding: true, vi: 'không thu gì.', en: 'nothing is taken.' },
  'key-set': {
    file: 'keys.json',
    isBlinding: false,
    vi: 'không nhận mã của ví và ngân hàng. Vé của hộp, biển số, tiền mặt, chuyển khoản và nhân viên vẫn chạy.',
    en: 'no codes of wallets and banks are taken. The box’s own tickets, plates, cash, transfers and staff go on.',
  },
  'deny-list': {
    file: 'deny.json',
    isBlinding: false,
    vi: 'không nhận mã nào. Biển số, tiền mặt, chuyển khoản và nhân viên vẫn chạy.',
    en: 'no codes are taken. Plates, cash, transfers and staff go on.',
  },
  tariffs: {
    file: 'tariffs.json',
    isBlinding: false,
    vi: 'không tính được tiền gửi xe, mỗi xe ra phải gọi nhân viên.',
    en: 'no stay can be priced, and staff are called for each vehicle that leaves.',
  },
}
