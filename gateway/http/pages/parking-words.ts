import type { Language } from '../../../core/money-text.ts'
import type { SessionEntry } from '../../../core/parking/session.ts'
import type { RefusalText } from '../../../core/refusals.ts'
import type { SpaceState } from '../parking/reads.ts'

/** A driver's page: few words, for somebody who wants to drive home. */
export type DriverWords = {
  readonly title: string
  readonly scanTicket: string
  readonly plate: string
  readonly digits: string
  readonly digitsHelp: string
  /** Where a plate alone is enough for who was given no ticket. */
  readonly scanTicketOrPlate: string
  readonly digitsHelpOrPlate: string
  readonly byPlateAlone: string
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
  readonly stayPaid: string
  readonly nothingDue: string
  readonly restOf: (paid: string) => string
  readonly ofDebts: (amount: string) => string
  readonly giveBack: (amount: string) => string
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
    scanTicketOrPlate: 'Quét mã QR trên vé bằng điện thoại, hoặc nhập biển số. Có vé thì nhập thêm 4 số trên vé.',
    digitsHelpOrPlate: 'In dưới mã QR của vé. Không được phát vé: để trống. Mất vé: hỏi nhân viên.',
    byPlateAlone: 'Mở bằng biển số, không có vé: chỉ hiện phần cần để trả tiền.',
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
    stayPaid: 'Lượt này đã trả xong',
    nothingDue: 'Chưa phải trả tiền',
    restOf: (paid) => `Đã trả ${paid}. Đây là phần còn lại.`,
    driveOn: 'Mời ra cổng.',
    ofDebts: (amount) => `Ở cổng ra còn phải trả thêm ${amount} xe này nợ từ lượt trước.`,
    giveBack: (amount) => `Đã trả thừa ${amount}: gặp nhân viên để nhận lại.`,
    leaveBy: (time) => `Mời ra cổng trước ${time}. Sau giờ đó tiền được tính lại, có thể phải trả thêm.`,
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
    scanTicketOrPlate:
      'Scan the QR code on your ticket with your phone, or type your plate; if you were given a ticket, its 4 digits too.',
    digitsHelpOrPlate:
      'Printed below the ticket’s QR code. No ticket was given: leave it empty. Ticket lost? Ask the staff.',
    byPlateAlone: 'Opened by the plate, without a ticket: it shows what is needed to pay, and no more.',
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
    stayPaid: 'This stay is paid',
    nothingDue: 'Nothing to pay yet',
    restOf: (paid) => `${paid} has been paid. This is the rest.`,
    driveOn: 'Drive to the exit.',
    ofDebts: (amount) => `At the exit you are asked ${amount} more: it is owed from an earlier visit.`,
    giveBack: (amount) => `${amount} too much was paid: the staff give it back.`,
    leaveBy: (time) => `Drive to the exit by ${time}. After that it is reckoned anew; more may be due.`,
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
