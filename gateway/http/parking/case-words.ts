import type { Language } from '../../../core/money-text.ts'
import type { StaffCaseKind } from '../../../core/parking/session.ts'
import type { RefusalText } from '../../../core/refusals.ts'

/** What somebody has to look at, and what to do about it. */
export const caseWords: Record<Language, Record<StaffCaseKind, RefusalText>> = {
  vi: {
    'plate-mismatch': {
      short: 'Biển số khác vé',
      help: 'So hai ảnh với xe, chọn đúng lượt. Tiền đã trả nợ của biển khác: hỏi ai chuyển rồi sửa lại.',
    },
    'class-unclear': {
      short: 'Chưa rõ loại xe',
      help: 'Nhìn xe; đang tính theo loại đắt hơn. Sửa loại xe, có ghi lý do.',
    },
    'class-mismatch': {
      short: 'Loại xe khác lượt gửi',
      help: 'Nhìn xe đang đứng đó; sửa loại xe của lượt, hoặc chọn đúng lượt.',
    },
    'exit-without-entry': {
      short: 'Xe ra mà không thấy vào',
      help: 'Tìm lượt theo một phần biển số, rồi chọn cho làn.',
    },
    'second-entry': { short: 'Vào lần hai', help: 'Xem xe trước còn trong bãi không; có thể biển số bị làm giả.' },
    'forced-open': { short: 'Thanh chắn bị đẩy', help: 'Xem camera và thanh chắn; ghi lại điều đã thấy.' },
    tailgating: { short: 'Xe bám đuôi', help: 'Xem camera; tìm lượt của xe sau và thu tiền lần tới.' },
    'stuck-closed': {
      short: 'Thanh chắn không mở',
      help: 'Ra làn: mở bằng tay cho xe đang chờ, rồi báo kỹ thuật. Xe vẫn giữ quyền qua.',
    },
    'loop-away': {
      short: 'Mất kết nối vòng từ của làn',
      help: 'Không rõ xe có đứng đó hay không: vòng dưới thanh chắn thì thanh chắn được giữ mở, vòng trước thanh chắn thì xe đưa lại vé hoặc thẻ. Trông làn, ghi lại xe đã qua; kiểm tra điện và mạng của vòng từ.',
    },
    'no-tariff': { short: 'Chưa có bảng giá', help: 'Quản lý quyết định số tiền và bổ sung bảng giá.' },
    overpaid: { short: 'Trả thừa', help: 'Trả lại phần thừa cho người trả.' },
    'paid-never-left': { short: 'Trả rồi chưa ra', help: 'Xem xe còn trong bãi không; nếu đã ra, kết thúc lượt.' },
    'left-unpaid': { short: 'Ra chưa trả', help: 'Xe còn nợ; số tiền được hỏi ở lần gửi sau.' },
    'unpaid-at-lane': {
      short: 'Chưa trả được ở làn ra',
      help: 'Ra làn: thu tiền mặt, hoặc cho xe ra và ghi nợ. Xe đã đi mất thì kết thúc lượt của nó.',
    },
    'plate-unreadable': { short: 'Không đọc được biển', help: 'Nhìn biển số và nhập tay.' },
    'count-differs': { short: 'Số xe lệch', help: 'Đếm lại và sửa số, có ghi lý do.' },
    'time-unclear': { short: 'Giờ không rõ', help: 'Kiểm tra đồng hồ của hộp; quản lý quyết định số tiền.' },
    'credit-unmatched': {
      short: 'Tiền chuyển khoản chưa rõ',
      help: 'Tìm lượt gửi của người chuyển, gán cho khoản thu đó, hoặc đánh dấu hoàn tiền. Có ghi khoản thu: nhân viên đang giữ tiền mặt của khoản đó; hỏi xem khách hay nhân viên đã chuyển, rồi gán kèm người chuyển.',
    },
    'not-reckoned': {
      short: 'Chưa tính được tiền',
      help: 'Khi có lại bảng giá và giờ đúng thì tính lượt này, hoặc quản lý ghi số tiền, có lý do.',
    },
    'stay-too-long': { short: 'Gửi quá lâu', help: 'Xem xe còn đó không; có thể xe bị bỏ lại hoặc giờ vào sai.' },
    'pass-lost': {
      short: 'Vé tháng mất cùng sổ cũ',
      help: 'Mã do hộp này phát hành, bán sau bản sao đã khôi phục. Xem biên lai; đúng thì cấp lại vé tháng.',
    },
    'on-behalf': {
      short: 'Tiền thu hộ chưa chuyển',
      help: 'Người đã thu chuyển khoản với nội dung của khoản đó, hoặc bỏ tiền vào két rồi kết thúc việc này, có lý do.',
    },
    'late-evidence': {
      short: 'Ghi bù cần xem lại',
      help: 'Hỏi người đã gửi: không khớp, hoặc lúc ấy hộp vẫn chạy. Thiếu thì kết thúc lượt và ghi tiền bằng tay.',
    },
  },
  en: {
    'plate-mismatch': {
      short: 'Plate and ticket differ',
      help: 'Compare the pictures, choose its stay. A transfer paid another plate’s debt: ask who sent it.',
    },
    'class-unclear': {
      short: 'Class not clear',
      help: 'Look at the vehicle; the dearer class is reckoned. Correct its class with a reason.',
    },
    'class-mismatch': {
      short: 'Another class than the stay’s',
      help: 'Look at the vehicle that stands there; correct the class of its stay, or choose the right stay.',
    },
    'exit-without-entry': {
      short: 'Exit without an entry',
      help: 'Find the stay by a part of the plate, and choose it for the lane.',
    },
    'second-entry': {
      short: 'A second entry',
      help: 'Look whether the first vehicle is still inside; the plate may be forged.',
    },
    'forced-open': { short: 'Barrier forced open', help: 'Look at the camera and the arm, and note what was seen.' },
    tailgating: { short: 'A vehicle followed another', help: 'Look at the camera; find the second vehicle’s stay.' },
    'stuck-closed': {
      short: 'Barrier does not open',
      help: 'Go to the lane: open by hand for whoever waits, and call for repair. Their right to pass stays.',
    },
    'loop-away': {
      short: 'A loop of the lane is away',
      help: 'Nobody knows who stands there: with the one under the arm it stays up, with the one before it who is there shows the ticket or pass again. Watch the lane and who went through; see to the loop’s power and network.',
    },
    'no-tariff': {
      short: 'No tariff in force',
      help: 'A supervisor decides what is to be paid, and completes the tariff.',
    },
    overpaid: { short: 'Paid too much', help: 'Give the rest back to the payer.' },
    'paid-never-left': { short: 'Paid and never left', help: 'Look whether it is still inside; if not, end its stay.' },
    'left-unpaid': { short: 'Left and never paid', help: 'It owes; the amount is asked for at its next visit.' },
    'unpaid-at-lane': {
      short: 'Does not pay at the exit',
      help: 'Go to the lane: take cash, or let it leave on debt. If it has gone, end its stay.',
    },
    'plate-unreadable': { short: 'Plate cannot be read', help: 'Look at the plate and type it.' },
    'count-differs': { short: 'Counts differ', help: 'Count again, and correct the number with a reason.' },
    'time-unclear': {
      short: 'Time is not clear',
      help: 'Check the box’s clock; a supervisor decides what is to be paid.',
    },
    'credit-unmatched': {
      short: 'Transfer without a charge',
      help: 'Find its payer’s stay and assign it to that charge, or mark it to be sent back. Where a charge stands here, staff hold cash of it: find out whether the driver or they sent it, and assign it with its sender.',
    },
    'not-reckoned': {
      short: 'Not reckoned yet',
      help: 'Reckon the stay when there is a tariff and the time again, or let a supervisor set the amount, with a reason.',
    },
    'stay-too-long': {
      short: 'A very long stay',
      help: 'Look whether it still stands there; it may be left behind, or its entry wrong.',
    },
    'pass-lost': {
      short: 'Pass lost with the old books',
      help: 'This box issued its code, and it was sold since the backup that was restored. Look at the receipt; if it is right, issue the pass again.',
    },
    'on-behalf': {
      short: 'Cash not transferred yet',
      help: 'Who took it transfers it with the text of that charge, or puts it in the drawer and ends this with a reason.',
    },
    'late-evidence': {
      short: 'Late evidence in doubt',
      help: 'Ask who handed it in: it fits nothing, or the box was serving then. End the stay and book its cash by hand where that is missing.',
    },
  },
}
