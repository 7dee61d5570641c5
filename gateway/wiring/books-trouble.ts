import type { SiteLayout } from '../../core/site.ts'
import type { BooksTrouble } from '../path/create-path.ts'

/** What people are told where the books cannot be written: what is wrong, what that means, and what to do. */
export function wordsOfTrouble({ code }: BooksTrouble): { readonly vi: string; readonly en: string } {
  if (code?.startsWith('SQLITE_FULL')) {
    return {
      vi: 'Đĩa đầy: không ghi được sổ, không thu gì. Dọn bớt đĩa; sau đó hộp tự chạy tiếp.',
      en: 'The disk is full: the books cannot be written, and nothing is taken. Make room; it then goes on by itself.',
    }
  }
  const which = code === null ? '' : ` (${code})`
  return {
    vi: `Đĩa không cho ghi sổ${which}: không thu gì. Kiểm tra đĩa; nhật ký của dịch vụ ghi rõ lỗi.`,
    en: `The disk does not let the books be written${which}, and nothing is taken. Check the disk; the service’s log says more.`,
  }
}

/** What the lanes do meanwhile; nothing where none is to open. */
export function wordsOfLanes(layout: SiteLayout | null): { readonly vi: string; readonly en: string } {
  const open = (layout?.lanes ?? []).filter(({ failSafe }) => failSafe === 'open').map(({ id }) => id)
  if (open.length === 0) return { vi: '', en: '' }
  return {
    vi: ` Làn được đặt tự mở khi hộp ngừng phục vụ: ${open.join(', ')}. Cần nào lưu được cài đặt này thì tự mở.`,
    en: ` Lanes set to open when the gateway cannot serve: ${open.join(', ')}. Arms that keep that setting go up by themselves.`,
  }
}

/** Once when it begins and once when it is over: nobody reads a line for each that was pushed back. */
export function sayTrouble(log: TroubleLog, trouble: BooksTrouble | null): void {
  if (trouble === null) {
    log.warn({ vi: 'Lại ghi được sổ.' }, 'The books can be written again.')
    return
  }
  const { vi, en } = wordsOfTrouble(trouble)
  log.error({ vi, ...trouble }, en)
}

/** What is needed of a log. */
type TroubleLog = Readonly<Record<'error' | 'warn', (said: object, text: string) => void>>
