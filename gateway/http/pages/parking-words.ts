import type { Language } from '../../../core/money-text.ts'
import type { SessionEntry, StaffCaseKind } from '../../../core/parking/session.ts'
import type { RefusalText } from '../../../core/refusals.ts'
import type { SpaceState } from '../parking/reads.ts'

/** What somebody has to look at, and what to do about it. */
export const caseWords: Record<Language, Record<StaffCaseKind, RefusalText>> = {
  vi: {
    'plate-mismatch': { short: 'Biển số khác vé', help: 'So hai ảnh với xe đang đứng đó, rồi chọn đúng lượt gửi.' },
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
    'no-tariff': { short: 'Chưa có bảng giá', help: 'Quản lý quyết định số tiền và bổ sung bảng giá.' },
    overpaid: { short: 'Trả thừa', help: 'Trả lại phần thừa cho người trả.' },
    'paid-never-left': { short: 'Trả rồi chưa ra', help: 'Xem xe còn trong bãi không; nếu đã ra, kết thúc lượt.' },
    'left-unpaid': { short: 'Ra chưa trả', help: 'Xe còn nợ; số tiền được hỏi ở lần gửi sau.' },
    'plate-unreadable': { short: 'Không đọc được biển', help: 'Nhìn biển số và nhập tay.' },
    'count-differs': { short: 'Số xe lệch', help: 'Đếm lại và sửa số, có ghi lý do.' },
    'time-unclear': { short: 'Giờ không rõ', help: 'Kiểm tra đồng hồ của hộp; quản lý quyết định số tiền.' },
    'credit-unmatched': {
      short: 'Tiền chuyển khoản chưa rõ',
      help: 'Tìm lượt gửi của người chuyển, gán cho khoản thu đó, hoặc đánh dấu hoàn tiền.',
    },
    'stay-too-long': { short: 'Gửi quá lâu', help: 'Xem xe còn đó không; có thể xe bị bỏ lại hoặc giờ vào sai.' },
    'late-evidence': {
      short: 'Ghi bù không khớp sổ',
      help: 'Hỏi người đã gửi; kết thúc lượt và ghi tiền bằng tay nếu còn thiếu.',
    },
  },
  en: {
    'plate-mismatch': {
      short: 'Plate and ticket differ',
      help: 'Compare both pictures with the vehicle, then choose its stay.',
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
    'no-tariff': {
      short: 'No tariff in force',
      help: 'A supervisor decides what is to be paid, and completes the tariff.',
    },
    overpaid: { short: 'Paid too much', help: 'Give the rest back to the payer.' },
    'paid-never-left': { short: 'Paid and never left', help: 'Look whether it is still inside; if not, end its stay.' },
    'left-unpaid': { short: 'Left and never paid', help: 'It owes; the amount is asked for at its next visit.' },
    'plate-unreadable': { short: 'Plate cannot be read', help: 'Look at the plate and type it.' },
    'count-differs': { short: 'Counts differ', help: 'Count again, and correct the number with a reason.' },
    'time-unclear': {
      short: 'Time is not clear',
      help: 'Check the box’s clock; a supervisor decides what is to be paid.',
    },
    'credit-unmatched': {
      short: 'Transfer without a charge',
      help: 'Find its payer’s stay and assign it to that charge, or mark it to be sent back.',
    },
    'stay-too-long': {
      short: 'A very long stay',
      help: 'Look whether it still stands there; it may be left behind, or its entry wrong.',
    },
    'late-evidence': {
      short: 'Late evidence fits nothing',
      help: 'Ask who handed it in; end the stay and book its cash by hand where that is missing.',
    },
  },
}

/** A driver's page: few words, for somebody who wants to drive home. */
export type DriverWords = {
  readonly title: string
  readonly scanTicket: string
  readonly plate: string
  readonly digits: string
  readonly digitsHelp: string
  readonly look: string
  readonly again: string
  readonly typeAgain: string
  readonly yourStay: string
  readonly place: string
  readonly vehicle: string
  readonly entered: string
  readonly now: string
  readonly due: string
  readonly paid: string
  readonly nothingDue: string
  readonly restOf: (paid: string) => string
  readonly driveOn: string
  readonly leaveBy: (time: string) => string
  readonly holdsUntil: (time: string) => string
  readonly bill: string
  readonly alreadyPaid: string
  readonly howToPay: string
  readonly payByTransfer: string
  readonly payAtExit: string
  readonly payCash: string
  readonly transfer: string
  readonly transferHelp: string
  readonly transferConfirm: string
  readonly qrLabel: string
  readonly amount: string
  readonly account: string
  readonly bank: string
  readonly holder: string
  readonly reference: string
  readonly askStaff: string
}

export const driverWords: Record<Language, DriverWords> = {
  vi: {
    title: 'Tiền gửi xe',
    scanTicket: 'Quét mã QR trên vé bằng điện thoại, hoặc nhập biển số và 4 số cuối của vé.',
    plate: 'Biển số xe',
    digits: '4 số trên vé',
    digitsHelp: 'In dưới mã QR của vé. Mất vé: hỏi nhân viên.',
    look: 'Xem tiền gửi xe',
    again: 'Xem lại',
    typeAgain: 'Nhập lại',
    yourStay: 'Lượt gửi xe của bạn',
    place: 'Bãi',
    vehicle: 'Xe',
    entered: 'Giờ vào',
    now: 'Bây giờ',
    due: 'Cần trả',
    paid: 'Đã trả đủ',
    nothingDue: 'Chưa phải trả tiền',
    restOf: (paid) => `Đã trả ${paid}. Đây là phần còn lại.`,
    driveOn: 'Mời ra cổng.',
    leaveBy: (time) => `Mời ra cổng trước ${time}. Sau giờ đó tiền được tính tiếp.`,
    holdsUntil: (time) => `Làn ra đã tính số tiền này và giữ đến ${time}.`,
    bill: 'Cách tính',
    alreadyPaid: 'Đã trả',
    howToPay: 'Trả bằng cách nào',
    payByTransfer: 'Trả bằng chuyển khoản (VietQR)',
    payAtExit: 'Ở làn ra: đưa mã thanh toán trong ứng dụng ví vào đầu đọc.',
    payCash: 'Tiền mặt: gặp nhân viên ở làn ra.',
    transfer: 'Chuyển khoản',
    transferHelp: 'Mở ứng dụng ngân hàng và quét mã này. Giữ đúng số tiền và nội dung.',
    transferConfirm: 'Xong thì bấm “Xem lại”: khi ngân hàng báo, trang này ghi là đã trả.',
    qrLabel: 'Mã VietQR',
    amount: 'Số tiền',
    account: 'Số tài khoản',
    bank: 'mã ngân hàng',
    holder: 'Chủ tài khoản',
    reference: 'Nội dung',
    askStaff: 'Chưa tính được tiền. Đến làn ra và gặp nhân viên.',
  },
  en: {
    title: 'Pay for parking',
    scanTicket: 'Scan the QR code on your ticket with your phone, or type your plate and the 4 digits on the ticket.',
    plate: 'Number plate',
    digits: 'The 4 digits on the ticket',
    digitsHelp: 'Printed below the ticket’s QR code. Ticket lost? Ask the staff.',
    look: 'Show what it costs',
    again: 'Look again',
    typeAgain: 'Type it again',
    yourStay: 'Your stay',
    place: 'Car park',
    vehicle: 'Vehicle',
    entered: 'Came in',
    now: 'Now',
    due: 'To pay',
    paid: 'All is paid',
    nothingDue: 'Nothing to pay yet',
    restOf: (paid) => `${paid} has been paid. This is the rest.`,
    driveOn: 'Drive to the exit.',
    leaveBy: (time) => `Drive to the exit by ${time}. After that more is to be paid.`,
    holdsUntil: (time) => `The exit has asked for this amount, and holds it until ${time}.`,
    bill: 'How it is reckoned',
    alreadyPaid: 'Paid so far',
    howToPay: 'How to pay',
    payByTransfer: 'Pay by bank transfer (VietQR)',
    payAtExit: 'At the exit: hold the payment code of your wallet app to the reader.',
    payCash: 'Cash: see the staff at the exit.',
    transfer: 'Bank transfer',
    transferHelp: 'Open your bank’s app and scan this code. Keep the amount and the text as they are.',
    transferConfirm: 'Then press “Look again”: when the bank has told us, this page says that it is paid.',
    qrLabel: 'VietQR code',
    amount: 'Amount',
    account: 'Account',
    bank: 'bank code',
    holder: 'Account holder',
    reference: 'Text of the transfer',
    askStaff: 'The price is not known yet. Drive to the exit and see the staff.',
  },
}

/** The car park on the live page. */
export type ParkingWords = {
  readonly asking: string
  readonly awaitingPayment: (amount: string) => string
  readonly cases: string
  readonly noCases: string
  readonly occupancy: string
  readonly stays: string
  readonly noStays: string
  readonly enteredBy: Record<SessionEntry['by'], string>
  readonly stayStatus: Record<'entering' | 'inside' | 'leaving', string>
  readonly spaceStates: Record<SpaceState, (free: number) => string>
  readonly casesWait: (count: number) => RefusalText
}

export const parkingWords: Record<Language, ParkingWords> = {
  vi: {
    asking: 'Có xe, chờ vé hoặc biển số',
    awaitingPayment: (amount) => `Chờ trả ${amount}`,
    cases: 'Việc chờ người xem',
    noCases: 'Không có việc nào.',
    occupancy: 'Chỗ trong bãi',
    stays: 'Lượt gửi mới nhất',
    noStays: 'Không có xe nào đang gửi.',
    enteredBy: {
      ticket: 'vào bằng vé',
      plate: 'vào bằng biển số',
      payer: 'vào bằng mã thanh toán',
      right: 'vào bằng vé tháng',
      staff: 'nhân viên cho vào',
    },
    stayStatus: { entering: 'đang vào', inside: 'trong bãi', leaving: 'đang ra' },
    spaceStates: {
      free: (free) => `còn ${free}`,
      few: (free) => `sắp hết, còn ${free}`,
      full: () => 'hết chỗ',
    },
    casesWait: (count) => ({
      short: `${count} việc ở bãi xe chờ người xem`,
      help: 'Xem từng việc bên dưới và kết thúc, có ghi lý do.',
    }),
  },
  en: {
    asking: 'Vehicle there, ticket or plate asked',
    awaitingPayment: (amount) => `Waiting for ${amount}`,
    cases: 'Waiting for somebody',
    noCases: 'Nothing is waiting.',
    occupancy: 'Spaces',
    stays: 'Newest stays',
    noStays: 'No vehicle stays here now.',
    enteredBy: {
      ticket: 'by ticket',
      plate: 'by plate',
      payer: 'by a payer’s code',
      right: 'by pass',
      staff: 'let in by staff',
    },
    stayStatus: { entering: 'coming in', inside: 'inside', leaving: 'leaving' },
    spaceStates: {
      free: (free) => `${free} free`,
      few: (free) => `nearly full, ${free} free`,
      full: () => 'full',
    },
    casesWait: (count) => ({
      short: count === 1 ? 'A case in the car park waits' : `${count} cases in the car park wait`,
      help: 'Look at each below, and end it with a reason.',
    }),
  },
}
