import type { Language } from '../../../core/money-text.ts'
import type { CorrectionKind } from '../../../db/corrections.ts'

/** What was put right, for people. */
export const correctionWords: Record<Language, Record<CorrectionKind, string>> = {
  vi: {
    count: 'Sửa số xe trong bãi',
    'stay-closed': 'Kết thúc lượt gửi bằng tay',
    'stay-class': 'Sửa loại xe',
    'stay-plate': 'Sửa biển số',
    'let-go': 'Không thu phần đã hỏi thừa, vì lượt đã sửa lại',
    'debt-off': 'Xoá nợ của lượt đã kết thúc',
    'passback-reset': 'Cho vào hoặc ra thêm một lần',
    'stay-chosen': 'Chọn lượt gửi cho xe ở làn',
    'stay-reckoned': 'Tính tiền lượt gửi đã kết thúc',
    'cash-without-price': 'Thu tiền mặt khi chưa tính được giá',
    refund: 'Hoàn tiền',
    'right-status': 'Đổi trạng thái vé tháng',
    'pass-given': 'Cấp hoặc gia hạn vé không thu tiền',
    'pass-plates': 'Đổi biển số của vé tháng',
    'validation-given': 'Giảm tiền lượt gửi, không gian hàng nào chịu',
    'case-ended': 'Kết thúc việc cần xem',
    'credit-moved': 'Ghi tiền ngân hàng cho khoản khác',
  },
  en: {
    count: 'count of vehicles corrected',
    'stay-closed': 'stay ended by hand',
    'stay-class': 'class of vehicle corrected',
    'stay-plate': 'plate corrected',
    'let-go': 'let go of what was asked, because the stay was put right',
    'debt-off': 'debt of a stay that is over taken off',
    'passback-reset': 'let in or out once more',
    'stay-chosen': 'stay chosen for the vehicle at a lane',
    'stay-reckoned': 'stay that is over reckoned',
    'cash-without-price': 'cash taken without a price',
    refund: 'given back',
    'right-status': 'status of a pass changed',
    'pass-given': 'pass given, or given longer, for nothing',
    'pass-plates': 'pass brought to other plates',
    'validation-given': 'taken off a stay, and borne by no merchant',
    'case-ended': 'case ended',
    'credit-moved': 'a bank’s credit assigned',
  },
}
