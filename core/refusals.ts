/**
 * Every way in which Tolbooth says no. A code that is added here does not compile until `refusalTable` gives it an HTTP status, a Vietnamese and an
 * English text, and says whether to try again (architecture, section 2).
 */
export type Refusal =
  // the message itself
  | 'not-json'
  | 'wrong-schema'
  | 'too-large'
  | 'too-deep'
  | 'unknown-topic'
  | 'device-unknown'
  | 'stale-scan'
  | 'key-reused'
  | 'too-old'
  | 'busy'
  | 'not-ready'
  | 'emergency-not-booked'
  | 'books-unwritable'
  | 'fault'
  // what was shown to the reader
  | 'not-a-token'
  | 'id-card-shown'
  | 'bank-qr-shown'
  // the token's form and signature
  | 'token-too-long'
  | 'token-malformed'
  | 'token-not-canonical'
  | 'token-header-forbidden'
  | 'token-kind-unknown'
  | 'token-algorithm'
  | 'token-issuer-unknown'
  | 'token-key-unknown'
  | 'token-signature'
  | 'codes-unchecked'
  | 'token-claims'
  | 'token-currency'
  | 'presentation-malformed'
  // the token at this moment and place
  | 'token-expired'
  | 'token-not-yet'
  | 'token-issued-in-future'
  | 'token-before-epoch'
  | 'presentation-stale'
  | 'token-audience'
  | 'token-key-out-of-time'
  | 'token-key-revoked'
  | 'token-denied'
  | 'payer-denied'
  | 'token-spent'
  | 'token-kind-not-taken'
  | 'amount-invalid'
  | 'amount-zero'
  | 'amount-too-low'
  // offline risk policy
  | 'over-transaction-limit'
  | 'over-generic-limit'
  | 'over-payer-day-limit'
  | 'over-exposure-limit'
  | 'offline-too-long'
  | 'key-set-too-old'
  | 'deny-list-too-old'
  | 'clock-not-trusted'
  // the stall
  | 'stall-unknown'
  | 'no-open-charge'
  | 'charge-unknown'
  | 'charge-closed'
  | 'payer-just-paid'
  // the lane
  | 'lane-unknown'
  | 'no-vehicle'
  | 'lane-busy'
  | 'barrier-away'
  | 'lane-without-arm'
  | 'no-price'
  | 'pass-not-here'
  | 'pass-not-now'
  | 'pass-already-inside'
  | 'pass-not-inside'
  | 'pass-in-use'
  | 'lane-held-open'
  | 'reason-missing'
  // the car park
  | 'no-car-park'
  | 'place-full'
  | 'place-unknown'
  | 'class-not-here'
  | 'class-mismatch'
  | 'entry-not-by-this'
  | 'direction-unknown'
  | 'stay-open-already'
  | 'stay-not-found'
  | 'stay-over'
  | 'stay-leaving-elsewhere'
  | 'stay-not-inside'
  | 'stay-time-unclear'
  | 'ticket-not-here'
  | 'ticket-too-old'
  | 'ticket-not-booked'
  | 'plate-mismatch'
  | 'plate-unreadable'
  | 'plate-needed'
  | 'no-tariff'
  | 'nothing-due'
  | 'debt-too-high'
  | 'refund-too-high'
  | 'refund-while-inside'
  | 'refund-of-price'
  | 'cash-unlikely'
  | 'cash-too-high'
  | 'credit-known'
  | 'credit-unknown'
  | 'credit-not-movable'
  | 'credit-over-cap'
  | 'credit-waits'
  | 'credit-sender-missing'
  | 'price-known'
  | 'asked-at-lane'
  | 'nothing-to-reckon'
  | 'nothing-owed'
  | 'reckoning-waits'
  | 'right-exists'
  | 'right-unknown'
  | 'right-suspended'
  | 'right-ended'
  | 'right-invalid'
  | 'validation-not-allowed'
  | 'validation-given'
  | 'validation-day-full'
  | 'over-validation-limit'
  | 'stay-paid'
  | 'pass-unpaid'
  | 'pass-not-on-offer'
  | 'pass-price-differs'
  | 'pass-sale-open'
  | 'pass-not-alike'
  | 'pass-renewed-since'
  | 'pass-refund-part'
  | 'pass-refund-too-high'
  | 'pass-refund-over'
  | 'pass-sale-over'
  | 'pass-clock-not-trusted'
  | 'pass-code-replaced'
  | 'pass-code-none'
  | 'no-pass-key'
  | 'case-unknown'
  | 'evidence-not-here'
  | 'evidence-names-nothing'
  | 'evidence-from-future'
  | 'evidence-too-old'
  | 'evidence-cash-too-high'
  // the site's own settings
  | 'no-key'
  | 'bundle-older'
  | 'bundle-version-taken'
  | 'bundle-from-future'
  | 'bundle-invalid'
  | 'device-exists'
  | 'device-place-taken'
  | 'barrier-not-in-layout'
  | 'client-exists'
  | 'client-unknown'
  | 'clients-full'
  | 'mode-not-here'
  // HTTP
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'wrong-media-type'
  | 'too-many-requests'
  | 'ticket-needed'
  | 'idempotency-key-missing'

/**
 * `never`: the same thing again gets the same answer. `later`: the same thing may be taken in a while. `new-token`: the payer should
 * show a fresh or another token. `staff`: somebody of the site has to do something first.
 */
export type TryAgain = 'never' | 'later' | 'new-token' | 'staff'

/** `short` fits a display of two lines and is spoken; `help` says what to do. */
export type RefusalText = { readonly short: string; readonly help: string }

export type RefusalRow = {
  readonly httpStatus: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 503
  readonly tryAgain: TryAgain
  readonly vi: RefusalText
  readonly en: RefusalText
}

export function isRefusal(code: string): code is Refusal {
  return Object.hasOwn(refusalTable, code)
}

export const refusalTable: Record<Refusal, RefusalRow> = {
  'not-json': row(
    400,
    'never',
    'Dữ liệu hỏng',
    'Dữ liệu gửi tới không đọc được. Báo kỹ thuật.',
    'Data unreadable',
    'What was sent is not JSON. Tell the technician.',
  ),
  'wrong-schema': row(
    400,
    'never',
    'Dữ liệu sai mẫu',
    'Xem lại những gì đã nhập. Nếu thiết bị tự gửi: kiểm tra phần mềm của thiết bị.',
    'Data has the wrong form',
    'Look at what was entered. If a device sent it by itself, check its firmware.',
  ),
  'too-large': row(
    413,
    'never',
    'Tin nhắn quá lớn',
    'Dữ liệu vượt giới hạn. Báo kỹ thuật.',
    'Message too large',
    'It is over the limit. Tell the technician.',
  ),
  'too-deep': row(
    400,
    'never',
    'Tin nhắn lồng quá sâu',
    'Dữ liệu lồng quá nhiều tầng. Báo kỹ thuật.',
    'Message nested too deeply',
    'It is over the limit. Tell the technician.',
  ),
  'unknown-topic': row(
    404,
    'never',
    'Chủ đề không có',
    'Thiết bị gửi tới chủ đề không tồn tại. Kiểm tra cấu hình thiết bị.',
    'No such topic',
    'Check the topic that the device is set to.',
  ),
  'device-unknown': row(
    403,
    'staff',
    'Thiết bị chưa đăng ký',
    'Thêm thiết bị bằng: tolbooth device add.',
    'Device not enrolled',
    'Add it with: tolbooth device add.',
  ),
  'stale-scan': row(
    409,
    'new-token',
    'Mã quét đã cũ',
    'Lần quét này đến quá muộn. Quét lại mã.',
    'Scan came too late',
    'This scan is too old or of unknown age. Scan again.',
  ),
  'key-reused': row(
    409,
    'never',
    'Mã yêu cầu bị trùng',
    'Yêu cầu này dùng lại mã của một yêu cầu khác. Dùng mã mới.',
    'Request id used twice',
    'The same id came with another content. Use a new id.',
  ),
  'too-old': row(
    410,
    'never',
    'Yêu cầu quá cũ',
    'Yêu cầu đã quá hạn lưu. Kiểm tra sổ trước khi làm lại.',
    'Request too old',
    'It is older than what is remembered. Look in the books before doing it again.',
  ),
  busy: row(
    503,
    'later',
    'Hệ thống đang bận',
    'Chờ vài giây rồi thử lại.',
    'Too busy now',
    'Wait a few seconds and try again.',
  ),
  'not-ready': row(
    503,
    'later',
    'Hệ thống chưa sẵn sàng',
    'Đang khởi động, hoặc không ghi được sổ (đầy đĩa?). Xem /readyz để biết vì sao.',
    'Not ready yet',
    'It is starting, or cannot write its books (disk full?). /readyz says which.',
  ),
  'emergency-not-booked': row(
    503,
    'staff',
    'Đã báo mở, chưa ghi được sổ',
    'Mọi thanh chắn đã được lệnh mở. Xem từng làn đã mở chưa; hộp vẫn thử ghi sổ tiếp.',
    'Arms told to open, not booked',
    'Every arm was told to open. Look that each is up; the box goes on trying to write its books.',
  ),
  'books-unwritable': row(
    503,
    'later',
    'Tạm thời không ghi nhận được',
    'Chưa thu gì, đừng chuyển khoản. Gọi nhân viên; đưa mã lại khi hộp chạy tiếp.',
    'Nothing can be booked now',
    'Nothing was taken; make no transfer. Call staff, and show it again when the box goes on.',
  ),
  fault: row(
    500,
    'staff',
    'Lỗi của hệ thống',
    'Lỗi đã được ghi lại. Mở bằng tay nếu cần và báo kỹ thuật.',
    'A fault of our own',
    'It has been recorded. Open by hand if need be, and tell the technician.',
  ),

  'not-a-token': row(
    422,
    'new-token',
    'Mã QR không đúng',
    'Đây không phải mã thanh toán. Mở đúng mã trong ứng dụng.',
    'Not a payment code',
    'Open the payment code in the wallet app and show that.',
  ),
  'id-card-shown': row(
    422,
    'new-token',
    'Đây là mã căn cước',
    'Không đưa căn cước vào đầu đọc. Mở mã thanh toán trong ứng dụng.',
    'That is an ID card',
    'Do not show ID cards to the reader; nothing was kept. Open the payment code in the app.',
  ),
  'bank-qr-shown': row(
    422,
    'new-token',
    'Đây là mã nhận tiền',
    'Mã VietQR là để người khác chuyển tiền cho bạn. Mở mã thanh toán.',
    'That QR receives money',
    'A VietQR code is for being paid. Open the code for paying.',
  ),

  'token-too-long': row(
    422,
    'new-token',
    'Mã quá dài',
    'Mã dài hơn 2.048 ký tự. Tạo mã mới trong ứng dụng.',
    'Code too long',
    'It has over 2,048 characters. Make a new code in the app.',
  ),
  'token-malformed': row(
    422,
    'new-token',
    'Mã bị hỏng',
    'Không đọc được mã. Tạo mã mới trong ứng dụng.',
    'Code damaged',
    'It cannot be read. Make a new code in the app.',
  ),
  'token-not-canonical': row(
    422,
    'new-token',
    'Mã bị biến đổi',
    'Mã đã bị sửa đổi. Tạo mã mới trong ứng dụng.',
    'Code was altered',
    'It is not spelled as its issuer spells it. Make a new code.',
  ),
  'token-header-forbidden': row(
    422,
    'new-token',
    'Mã không được phép',
    'Mã yêu cầu những điều hệ thống không làm. Dùng mã khác.',
    'Code not allowed',
    'It asks to fetch or trust something. Use another code.',
  ),
  'token-kind-unknown': row(
    422,
    'new-token',
    'Loại mã không rõ',
    'Dùng mã thanh toán, vé hoặc thẻ của bãi.',
    'Kind of code unknown',
    'Use a payment code, a ticket or a pass of this site.',
  ),
  'token-algorithm': row(
    422,
    'new-token',
    'Mã không an toàn',
    'Thuật toán của mã không khớp với khoá. Dùng mã khác.',
    'Code not safe',
    'Its algorithm does not fit its key. Use another code.',
  ),
  'token-issuer-unknown': row(
    422,
    'new-token',
    'Không nhận ví này',
    'Nơi này không nhận mã của ví này. Dùng ví khác hoặc trả cách khác.',
    'Wallet not taken here',
    'This site does not take this issuer’s codes. Pay in another way.',
  ),
  'token-key-unknown': row(
    422,
    'staff',
    'Chưa có khoá của ví',
    'Cập nhật bộ khoá, hoặc dùng ví khác.',
    'Wallet’s key not known',
    'Update the key set, or use another wallet.',
  ),
  'token-signature': row(
    422,
    'new-token',
    'Chữ ký không đúng',
    'Mã giả hoặc hỏng. Không cho qua vì mã này.',
    'Signature is wrong',
    'The code is forged or damaged. Do not let through on it.',
  ),
  'codes-unchecked': row(
    503,
    'staff',
    'Chưa kiểm tra được mã này',
    'Thu tiền mặt hoặc chuyển khoản; ở bãi xe tìm theo biển số. Báo người quản lý hộp.',
    'This code cannot be checked now',
    'Take cash or a transfer; in a car park find by plate. Tell whoever runs the box.',
  ),
  'token-claims': row(
    422,
    'new-token',
    'Nội dung mã không đúng',
    'Mã thiếu hoặc sai thông tin. Tạo mã mới.',
    'Code’s content is wrong',
    'Something in it is missing or wrong. Make a new code.',
  ),
  'token-currency': row(
    422,
    'new-token',
    'Sai loại tiền',
    'Nơi này không nhận loại tiền này. Trả cách khác.',
    'Wrong currency',
    'This site does not take that currency. Pay in another way.',
  ),
  'presentation-malformed': row(
    422,
    'new-token',
    'Mã động bị hỏng',
    'Đóng và mở lại mã trong ứng dụng.',
    'Rotating code damaged',
    'Close the code in the app and open it again.',
  ),

  'token-expired': row(
    422,
    'new-token',
    'Mã đã hết hạn',
    'Tạo mã mới trong ứng dụng.',
    'Code has expired',
    'Make a new code in the app.',
  ),
  'token-not-yet': row(
    422,
    'later',
    'Mã chưa có hiệu lực',
    'Mã chỉ dùng được sau. Kiểm tra giờ hiệu lực.',
    'Code not valid yet',
    'It starts later. Look at its hours.',
  ),
  'token-issued-in-future': row(
    422,
    'staff',
    'Mã ghi giờ tương lai',
    'Đồng hồ của hệ thống hoặc của ví bị sai. Kiểm tra giờ.',
    'Code is from the future',
    'Our clock or the wallet’s is wrong. Check the time.',
  ),
  'token-before-epoch': row(
    422,
    'new-token',
    'Mã có trước khi khôi phục',
    'Sổ vừa được khôi phục. Tạo mã mới trong ứng dụng.',
    'Code from before a restore',
    'The books were restored. Make a new code in the app.',
  ),
  'presentation-stale': row(
    422,
    'new-token',
    'Mã động đã đổi',
    'Đưa lại mã đang hiện trên điện thoại, không dùng ảnh chụp.',
    'Rotating code too old',
    'Show the code that the phone shows now, not a picture of it.',
  ),
  'token-audience': row(
    422,
    'new-token',
    'Mã cho nơi khác',
    'Mã này trả cho nơi khác. Chọn đúng quầy trong ứng dụng.',
    'Code is for elsewhere',
    'It pays another stall or site. Choose the right one in the app.',
  ),
  'token-key-out-of-time': row(
    422,
    'new-token',
    'Khoá của mã hết hạn',
    'Mã ký bằng khoá ngoài thời hạn. Tạo mã mới.',
    'Code’s key was not in use',
    'It was signed outside its key’s time. Make a new code.',
  ),
  'token-key-revoked': row(
    422,
    'new-token',
    'Khoá của mã bị thu hồi',
    'Ví này đã thu hồi khoá. Tạo mã mới hoặc trả cách khác.',
    'Code’s key was revoked',
    'Make a new code, or pay in another way.',
  ),
  'token-denied': row(
    403,
    'new-token',
    'Mã bị chặn',
    'Mã này đã bị chặn. Trả cách khác.',
    'Code is blocked',
    'This code is on the deny list. Pay in another way.',
  ),
  'payer-denied': row(
    403,
    'staff',
    'Người trả bị chặn',
    'Ví này tạm không được nhận. Trả cách khác.',
    'Payer is blocked',
    'This payer is on the deny list. Pay in another way.',
  ),
  'token-spent': row(
    409,
    'new-token',
    'Mã đã dùng',
    'Mã này đã trả một lần rồi. Tạo mã mới.',
    'Code already used',
    'It has paid once. Make a new code.',
  ),
  'token-kind-not-taken': row(
    422,
    'new-token',
    'Mã không dùng ở đây',
    'Điểm này không nhận loại mã này. Đưa mã khác.',
    'Code not for this point',
    'This reader does not take this kind. Show another code.',
  ),
  'amount-invalid': row(
    422,
    'never',
    'Số tiền không hợp lệ',
    'Nhập số nguyên, không có phần lẻ, tối đa 500.000.000; số xe tối đa 100.000.',
    'Amount is not valid',
    'Give a whole number without fractions, at most 500,000,000; of vehicles at most 100,000.',
  ),
  'amount-zero': row(
    422,
    'never',
    'Số tiền bằng không',
    'Nhập số tiền lớn hơn 0.',
    'Amount is zero',
    'Give an amount above 0.',
  ),
  'amount-too-low': row(
    422,
    'new-token',
    'Mã không đủ tiền',
    'Số tiền khách đồng ý thấp hơn số phải trả. Tạo mã mới đủ tiền.',
    'Code is for too little',
    'The payer agreed to less than is due. Make a new code for the full amount.',
  ),

  'over-transaction-limit': row(
    422,
    'staff',
    'Vượt mức một lần',
    'Số tiền quá lớn để nhận ngoại tuyến. Chuyển khoản hoặc tiền mặt.',
    'Over the limit for one payment',
    'Too much to take offline. Use a bank transfer or cash.',
  ),
  'over-generic-limit': row(
    422,
    'new-token',
    'Vượt mức mã chung',
    'Mã không ghi nơi nhận. Tạo mã cho đúng quầy này.',
    'Over the limit for open codes',
    'The code names no stall. Make one for this stall.',
  ),
  'over-payer-day-limit': row(
    422,
    'staff',
    'Vượt mức trong ngày',
    'Ví này đã đạt mức ngoại tuyến hôm nay. Trả cách khác.',
    'Over this payer’s day limit',
    'Pay in another way today.',
  ),
  'over-exposure-limit': row(
    503,
    'staff',
    'Vượt mức rủi ro',
    'Tiền chờ quyết toán tới mức. Thu tiền mặt; người quản lý phải nâng mức thì mới nhận mã lại.',
    'Site’s limit at risk reached',
    'Unsettled codes have reached it. Take cash; codes are taken again when an operator raises it.',
  ),
  'offline-too-long': row(
    503,
    'staff',
    'Mất mạng quá lâu',
    'Nối mạng để đồng bộ, hoặc thu tiền mặt.',
    'Offline for too long',
    'Connect to the network and sync, or take cash.',
  ),
  'key-set-too-old': row(
    503,
    'staff',
    'Bộ khoá quá cũ',
    'Cập nhật bộ khoá. Trong lúc chờ, thu tiền mặt.',
    'Key set too old',
    'Update the key set. Take cash in the meantime.',
  ),
  'deny-list-too-old': row(
    503,
    'staff',
    'Danh sách chặn quá cũ',
    'Cập nhật danh sách chặn. Trong lúc chờ, thu tiền mặt.',
    'Deny list too old',
    'Update the deny list. Take cash in the meantime.',
  ),
  'clock-not-trusted': row(
    503,
    'staff',
    'Đồng hồ không tin được',
    'Chỉnh lại giờ của hộp. Trong lúc chờ, thu tiền mặt.',
    'Clock not trusted',
    'Set the box’s clock. Take cash in the meantime.',
  ),

  'stall-unknown': row(
    404,
    'staff',
    'Quầy không có',
    'Kiểm tra mã quầy trong cấu hình.',
    'No such stall',
    'Check the stall’s id in the site’s layout.',
  ),
  'no-open-charge': row(
    409,
    'staff',
    'Chưa có số tiền',
    'Người bán nhập số tiền trước, rồi quét lại.',
    'No amount keyed',
    'The vendor keys the amount first; then scan again.',
  ),
  'charge-unknown': row(
    404,
    'never',
    'Khoản thu không có',
    'Kiểm tra lại mã khoản thu.',
    'No such charge',
    'Check the charge’s id.',
  ),
  'charge-closed': row(
    409,
    'never',
    'Khoản thu đã đóng',
    'Khoản này đã trả hoặc đã huỷ. Tạo khoản mới nếu cần.',
    'Charge is closed',
    'It is paid or cancelled. Make a new one if need be.',
  ),
  'payer-just-paid': row(
    409,
    'later',
    'Vừa trả xong ở đây',
    'Ví này vừa trả khoản trước. Nếu trả cả khoản này, chờ một phút rồi quét lại.',
    'Has just paid here',
    'This payer paid the amount before. To pay this one too, wait a minute and scan again.',
  ),

  'lane-unknown': row(
    404,
    'staff',
    'Làn không có',
    'Kiểm tra mã làn trong cấu hình.',
    'No such lane',
    'Check the lane’s id in the site’s layout.',
  ),
  'no-vehicle': row(
    409,
    'later',
    'Chưa thấy xe',
    'Tiến xe vào vạch rồi quét lại.',
    'No vehicle seen',
    'Drive up to the line, then scan again.',
  ),
  'lane-busy': row(
    409,
    'later',
    'Làn đang có xe qua',
    'Chờ xe trước qua rồi quét lại.',
    'Lane in use',
    'Wait for the vehicle in front, then scan again.',
  ),
  'barrier-away': row(
    503,
    'staff',
    'Thanh chắn mất kết nối',
    'Gọi nhân viên mở tay.',
    'Barrier not connected',
    'Call staff to open by hand.',
  ),
  'lane-without-arm': row(
    409,
    'never',
    'Làn này không có thanh chắn',
    'Thu tiền hoặc cho nợ. Không có giá: ghi tiền mặt, rồi kết thúc lượt.',
    'This lane has no barrier',
    'Take the money or let it owe. Without a price: book the cash, end the stay.',
  ),
  'no-price': row(
    503,
    'staff',
    'Chưa có giá',
    'Làn này chưa có giá. Gọi nhân viên.',
    'No price set',
    'There is no price for this lane. Call staff.',
  ),
  'pass-not-here': row(
    403,
    'staff',
    'Thẻ không dùng ở làn này',
    'Đi làn ghi trên thẻ.',
    'Pass not for this lane',
    'Use a lane that the pass names.',
  ),
  'pass-not-now': row(
    403,
    'later',
    'Thẻ không dùng giờ này',
    'Xem giờ ghi trên thẻ, hoặc trả theo lượt.',
    'Pass not for this hour',
    'See the pass’s hours, or pay for this entry.',
  ),
  'pass-already-inside': row(
    409,
    'staff',
    'Thẻ đang ở trong',
    'Thẻ này đã vào mà chưa ra. Gọi nhân viên.',
    'Pass is inside already',
    'It went in and has not come out. Call staff.',
  ),
  'pass-not-inside': row(
    409,
    'staff',
    'Thẻ chưa vào',
    'Thẻ này chưa ghi lượt vào. Gọi nhân viên.',
    'Pass is not inside',
    'There is no entry for it. Call staff.',
  ),
  'pass-in-use': row(
    409,
    'staff',
    'Thẻ đang ở làn khác',
    'Thẻ này đang mở một làn khác. Qua làn đó, hoặc gọi nhân viên.',
    'Pass used at another lane',
    'Another lane is opening for it. Use that lane, or call staff.',
  ),
  'lane-held-open': row(
    409,
    'never',
    'Làn đang mở',
    'Làn đang mở sẵn. Cứ đi qua, không thu gì.',
    'Lane is held open',
    'The lane stands open: just drive through. Nothing was taken.',
  ),
  'mode-not-here': row(
    409,
    'staff',
    'Tập và thật không lẫn ở đây',
    'Hãy tập ở quầy không có thiết bị, hoặc dùng mã truy cập đúng chế độ của điểm này.',
    'Training and live do not mix',
    'Practise at a stall without devices, or use an access token of the site’s own mode.',
  ),
  'reason-missing': row(
    422,
    'never',
    'Thiếu lý do',
    'Ghi rõ lý do rồi làm lại.',
    'Reason missing',
    'Say why, then do it again.',
  ),

  'no-car-park': row(
    409,
    'staff',
    'Ở đây không phải bãi xe',
    'Làn hoặc điểm này chưa khai báo bãi xe. Kiểm tra cấu hình.',
    'No car park here',
    'This lane or site has no car park in its layout. Check the layout.',
  ),
  'place-full': row(
    409,
    'later',
    'Bãi đã hết chỗ',
    'Chờ xe khác ra, hoặc tìm bãi khác.',
    'Car park full',
    'Wait until somebody leaves, or park elsewhere.',
  ),
  'place-unknown': row(
    404,
    'staff',
    'Không có khu này',
    'Kiểm tra mã khu và loại xe trong cấu hình.',
    'No such place',
    'Check the place and the class of vehicle against the layout.',
  ),
  'class-not-here': row(
    409,
    'staff',
    'Làn không nhận loại xe này',
    'Đi làn có ghi loại xe này, hoặc gọi nhân viên.',
    'Not for this class of vehicle',
    'Use a lane that takes this class, or call staff.',
  ),
  'class-mismatch': row(
    409,
    'staff',
    'Loại xe không khớp với lượt gửi',
    'Nhân viên nhìn xe, sửa loại xe hoặc chọn đúng lượt gửi.',
    'Vehicle and stay differ in class',
    'Staff look at the vehicle, and correct the class or choose the stay.',
  ),
  'entry-not-by-this': row(
    409,
    'new-token',
    'Làn vào không dùng cách này',
    'Lấy vé hoặc đưa thẻ theo bảng chỉ dẫn ở làn.',
    'Not a way in at this lane',
    'Take a ticket or show a pass, as the sign at the lane says.',
  ),
  'direction-unknown': row(
    409,
    'staff',
    'Chưa rõ xe vào hay ra',
    'Bấm nút lấy vé để vào. Nếu không có nút, gọi nhân viên.',
    'Way in or out not known',
    'Press for a ticket to come in. If there is no button, call staff.',
  ),
  'stay-open-already': row(
    409,
    'staff',
    'Xe này đang ở trong',
    'Sổ ghi xe đã vào mà chưa ra. Gọi nhân viên.',
    'Inside already',
    'The books say it went in and has not come out. Call staff.',
  ),
  'stay-not-found': row(
    404,
    'staff',
    'Không tìm thấy lượt gửi',
    'Đưa vé hoặc thẻ vào đầu đọc. Nếu mất vé, gọi nhân viên.',
    'No stay found',
    'Show the ticket or pass to the reader. If it is lost, call staff.',
  ),
  'stay-over': row(
    409,
    'staff',
    'Lượt gửi đã kết thúc',
    'Xe đã ra, hoặc lượt đã được kết thúc trong sổ. Xe còn ở trong thì gọi nhân viên.',
    'This stay is over',
    'It has left, or was ended in the books. If the vehicle is still inside, call staff.',
  ),
  'stay-leaving-elsewhere': row(
    409,
    'staff',
    'Lượt này đang ra ở làn khác',
    'Vé này vừa mở một làn khác. Ra làn đó, hoặc gọi nhân viên.',
    'Leaving at another lane',
    'Another lane has opened for it. Use that lane, or call staff.',
  ),
  'stay-not-inside': row(
    409,
    'staff',
    'Sổ ghi xe ở khu khác',
    'Sổ không ghi xe này ở trong khu này. Gọi nhân viên để chọn đúng lượt gửi.',
    'The books have it elsewhere',
    'They do not have it inside here. Call staff, who choose the stay that it is.',
  ),
  'stay-time-unclear': row(
    409,
    'staff',
    'Giờ đã ghi không rõ',
    'Giờ vào, hoặc giờ bắt đầu của vé, nằm sau giờ hiện tại. Nhân viên xem lại giờ rồi quyết định.',
    'Time unclear',
    'The entry, or the pass’s beginning, lies after now. Staff look at the clock and decide.',
  ),
  'ticket-not-here': row(
    409,
    'never',
    'Vé này dùng ở làn ra',
    'Giữ vé để ra. Ở làn vào, lấy vé mới.',
    'A ticket is for the exit',
    'Keep it for the way out. At the entry, take a new one.',
  ),
  'ticket-too-old': row(
    422,
    'staff',
    'Vé quá hạn',
    'Chờ nhân viên. Giữ vé trên tay.',
    'Ticket is too old',
    'Wait for the staff, and keep it at hand.',
  ),
  'ticket-not-booked': row(
    404,
    'staff',
    'Sổ không có lượt của vé này',
    'Giữ vé và trả ở lối ra, vé dùng được ở đó. Cần giúp thì gọi nhân viên.',
    'Ticket not in the books',
    'Keep it and pay at the exit, which takes it. If you need help, call staff.',
  ),
  'plate-mismatch': row(
    409,
    'staff',
    'Biển số không khớp với vé',
    'Nhân viên so ảnh lúc vào và lúc ra rồi chọn lượt gửi.',
    'Plate and ticket differ',
    'Staff compare the two pictures and choose the stay.',
  ),
  'plate-unreadable': row(
    409,
    'new-token',
    'Không đọc được biển số',
    'Lấy vé hoặc đưa vé vào đầu đọc. Nếu không có, gọi nhân viên.',
    'Plate not readable',
    'Take a ticket, or show yours. If there is none, call staff.',
  ),
  'plate-needed': row(
    409,
    'staff',
    'Cần biển số để ghi nợ',
    'Nhân viên nhập biển số trước khi cho xe ra nợ.',
    'Plate needed for a debt',
    'Staff enter the plate before the vehicle leaves owing.',
  ),
  'no-tariff': row(
    503,
    'staff',
    'Chưa có bảng giá',
    'Không tính được tiền. Gọi nhân viên; không tự ra miễn phí.',
    'No tariff in force',
    'Nothing can be reckoned. Call staff: nobody leaves free because of it.',
  ),
  'nothing-due': row(
    409,
    'never',
    'Không còn phải trả',
    'Đưa vé hoặc thẻ vào đầu đọc để ra.',
    'Nothing is due',
    'Show the ticket or pass to the reader and drive out.',
  ),
  'debt-too-high': row(
    409,
    'staff',
    'Nợ quá mức cho phép',
    'Trả một phần trước, hoặc nhờ quản lý cho qua.',
    'Debt over the limit',
    'Pay a part first, or ask a supervisor to let it through.',
  ),
  'refund-too-high': row(
    409,
    'never',
    'Hoàn tiền quá mức',
    'Không ai hoàn quá số đã trả và mức của bãi; xe chưa ra thì chỉ hoàn phần thừa.',
    'Refund over the limit',
    'By nobody over what was paid or the site’s cap; before it has left, only what was too much.',
  ),
  'refund-while-inside': row(
    403,
    'staff',
    'Xe chưa ra: quá mức được hoàn',
    'Nhờ nhân viên vận hành hoàn; hoặc đợi xe qua lối ra. Kết thúc lượt bằng tay không tính là ra.',
    'Not left yet: over your limit',
    'Ask an operator, or wait until it has left by an exit. A stay that is ended by hand has not.',
  ),
  'refund-of-price': row(
    409,
    'staff',
    'Nhiều hơn phần thừa',
    'Phần thừa có khi đã trả rồi. Xem lại; nếu đúng là trả cả vào tiền gửi xe thì xác nhận.',
    'More than what was too much',
    'Perhaps that was given back already. Look again; to give back of the price too, confirm.',
  ),
  'cash-unlikely': row(
    409,
    'staff',
    'Tiền mặt nhiều hơn số cần trả',
    'Xem lại số đã gõ. Nếu đúng là đã nhận chừng đó, xác nhận rồi gửi lại.',
    'More cash than change explains',
    'Look at the amount again. If that much was really taken, confirm it and send it anew.',
  ),
  'cash-too-high': row(
    409,
    'staff',
    'Tiền mặt thừa quá mức',
    'Xem lại số đã gõ. Trả ngay phần thừa rồi gõ số giữ lại, hoặc hỏi quản lý.',
    'Too much cash beyond the price',
    'Look at it again. Give the rest back at once and key what you keep, or ask a supervisor.',
  ),
  'credit-known': row(
    409,
    'never',
    'Mã giao dịch này đã vào sổ',
    'Nội dung khác với trong sổ. Xem lại khoản đó; đừng đổi mã để nhập lại.',
    'This reference is booked already',
    'Its content differs. Look at the one in the books; do not give this a new number.',
  ),
  'credit-unknown': row(
    404,
    'never',
    'Không có khoản chuyển này',
    'Xem lại mã giao dịch của ngân hàng.',
    'No such transfer',
    'Look at the bank’s reference again.',
  ),
  'credit-not-movable': row(
    409,
    'staff',
    'Không gán lại được tiền này',
    'Đã hoàn lại, đã ở khoản thu đó, hoặc lượt gửi đã bỏ. Hoàn tiền nếu cần.',
    'This transfer cannot be moved',
    'It was given back, is on that charge, or its stay never was. Refund it if need be.',
  ),
  'credit-over-cap': row(
    403,
    'staff',
    'Quá mức được tự chuyển',
    'Khoản này lớn hơn mức cho phép. Nhờ quản trị viên làm.',
    'Over what you may move',
    'It is more than the policy lets you move. Ask an admin.',
  ),
  'credit-waits': row(
    409,
    'staff',
    'Khoản chuyển khoản này còn chờ',
    'Gán cho một khoản thu, hoặc trả lại người gửi rồi ghi vào: việc này sẽ tự kết thúc.',
    'Its transfer still waits',
    'Assign it to a charge, or send it back and say so: the case then ends by itself.',
  ),
  'credit-sender-missing': row(
    409,
    'staff',
    'Chưa rõ ai đã chuyển khoản này',
    'Nhân viên còn giữ tiền của khoản này. Hỏi rồi ghi: khách chuyển, hay nhân viên chuyển.',
    'Nobody said whose transfer it is',
    'Staff hold cash of that charge. Find out and say: of the payer, or of staff.',
  ),
  'price-known': row(
    409,
    'never',
    'Đã có giá cho lượt này',
    'Hỏi giá rồi thu theo số đó.',
    'Its price is known',
    'Ask what it costs, and take the cash for that.',
  ),
  'asked-at-lane': row(
    409,
    'never',
    'Làn đang hỏi tiền lượt này',
    'Thu đúng số tiền trên màn hình của làn: xe được cho ra ngay.',
    'Its lane is asking for an amount',
    'Take the cash for the amount on the lane’s display: the vehicle is let out by it.',
  ),
  'nothing-to-reckon': row(
    409,
    'never',
    'Lượt này không chờ tính tiền',
    'Xe còn trong bãi, hoặc đã tính rồi. Xem lượt gửi.',
    'This stay waits for no reckoning',
    'It is still inside, or it has been reckoned. Look at the stay.',
  ),
  'nothing-owed': row(
    409,
    'never',
    'Lượt này không còn nợ',
    'Nợ đã trả hoặc đã xoá, hoặc xe còn trong bãi. Xem lượt gửi.',
    'This stay owes nothing',
    'It was paid or taken off already, or it is still inside. Look at the stay.',
  ),
  'reckoning-waits': row(
    409,
    'staff',
    'Lượt này còn chờ tính tiền',
    'Tính tiền lượt gửi, hoặc quản lý ghi số tiền: việc này sẽ tự kết thúc.',
    'Its price still waits',
    'Have the stay reckoned, or let a supervisor set its price: the case then ends by itself.',
  ),
  'right-exists': row(
    409,
    'never',
    'Mã vé tháng đã có',
    'Số này là của một vé khác. Chọn số khác; gia hạn hay đổi biển số thì sửa chính vé đó.',
    'Pass id in use',
    'Another pass has it. Choose another id; to renew it or change its plates, do so there.',
  ),
  'right-unknown': row(
    404,
    'staff',
    'Không có vé tháng này',
    'Kiểm tra mã vé tháng.',
    'No such pass',
    'Check the id of the pass or validation.',
  ),
  'right-suspended': row(
    409,
    'staff',
    'Vé tháng đang tạm khoá',
    'Trả theo lượt, hoặc gọi nhân viên.',
    'Pass is suspended',
    'Pay for this stay, or call staff.',
  ),
  'right-ended': row(
    409,
    'staff',
    'Vé tháng đã chấm dứt',
    'Vé này không dùng lại được. Cấp vé mới, hoặc trả theo lượt.',
    'Pass has ended',
    'It cannot be taken up again. Issue a new one, or pay for this stay.',
  ),
  'right-invalid': row(
    422,
    'never',
    'Vé tháng khai sai',
    'Xem lại ngày, giờ, số chỗ, khu, loại xe và mức giảm.',
    'Pass is not valid',
    'Look at its dates, hours, spaces, places, classes and relief.',
  ),
  'validation-not-allowed': row(
    403,
    'staff',
    'Gian hàng chưa được giảm giá',
    'Bên vận hành ghi phần giảm của gian hàng vào chính sách. Khách trả đủ tiền gửi xe.',
    'Merchant validates no parking',
    'The operator states in the policy what a merchant may give. The customer pays in full.',
  ),
  'validation-given': row(
    409,
    'never',
    'Đã giảm cho lượt gửi này',
    'Mỗi gian hàng giảm một lần cho một lượt. Không cần làm gì thêm.',
    'This stay is validated already',
    'Each merchant validates a stay once. Nothing more is to be done.',
  ),
  'validation-day-full': row(
    409,
    'staff',
    'Hết lượt giảm của hôm nay',
    'Mai giảm tiếp, hoặc nhờ bên vận hành nâng số lượt.',
    'No validations left today',
    'Go on tomorrow, or ask the operator to raise the number.',
  ),
  'over-validation-limit': row(
    422,
    'never',
    'Quá mức được giảm',
    'Chọn mức thấp hơn. Mức của gian hàng ghi trong chính sách; mỗi lượt tối đa bốn gian hàng.',
    'More than may be given',
    'Give less. The policy states the limit; at most four merchants validate one stay.',
  ),
  'stay-paid': row(
    409,
    'never',
    'Lượt gửi đã trả tiền',
    'Giảm giá trước khi trả tiền. Muốn trả lại tiền thì hỏi nhân viên bãi xe.',
    'The stay is paid already',
    'Validate before it is paid. To give money back, ask the staff of the car park.',
  ),
  'pass-unpaid': row(
    409,
    'staff',
    'Vé tháng chưa trả tiền',
    'Trả tiền vé thì dùng được ngay, hoặc trả theo lượt. Nhân viên: thu tiền, hoặc huỷ lần bán.',
    'Pass is not paid',
    'It is good once paid for; or pay for this stay. Staff: take its money, or cancel its sale.',
  ),
  'pass-not-on-offer': row(
    422,
    'never',
    'Bảng giá không bán vé này',
    'Chọn lại vé, loại xe và số tháng theo bảng giá đang áp dụng.',
    'No such pass on offer',
    'Choose the pass, class and months again, as the tariff in force sells them.',
  ),
  'pass-price-differs': row(
    409,
    'never',
    'Giá vé khác số tiền nhập',
    'Thu đúng giá đang hiện, rồi bán lại.',
    'The pass has another price',
    'Take the price that is shown, and sell it again.',
  ),
  'pass-sale-open': row(
    409,
    'staff',
    'Vé có lần bán chưa trả',
    'Thu tiền lần bán đó, hoặc huỷ nó trước.',
    'A sale of it is not paid yet',
    'Have that sale paid, or cancel it first.',
  ),
  'pass-not-alike': row(
    409,
    'never',
    'Vé này khác vé đang bán',
    'Giờ, khu, loại xe hoặc số chỗ khác. Bán vé mới với số khác.',
    'Not what the offer sells',
    'Its hours, places, class or spaces differ. Sell a new pass under another id.',
  ),
  'pass-renewed-since': row(
    409,
    'staff',
    'Vé đã gia hạn sau đó',
    'Trả lại tiền, hoặc huỷ, lần gia hạn sau cùng trước.',
    'Pass was renewed since',
    'Refund, or cancel, the newest renewal first.',
  ),
  'pass-refund-part': row(
    409,
    'staff',
    'Trả một phần, vé vẫn hết hạn',
    'Vé mất hết thời gian đã mua. Trả đủ số đang hiện, hoặc xác nhận là chỉ trả chừng đó.',
    'A part back ends the pass too',
    'All the time that was bought goes. Give back all that is shown, or confirm this part.',
  ),
  'pass-refund-too-high': row(
    403,
    'staff',
    'Quá mức được hoàn tiền vé',
    'Trả lại cả giá vé thì vé hết hạn. Nhờ nhân viên vận hành hoặc quản trị viên làm.',
    'Over what you may give back',
    'An operator or an admin gives a pass’s whole price back, and it ends by that. Ask one.',
  ),
  'pass-refund-over': row(
    409,
    'never',
    'Quá số đã trả cho vé',
    'Không hoàn quá số đã trả và chưa hoàn. Lần bán chưa trả đủ thì huỷ trước, rồi hoàn.',
    'More than was paid for the pass',
    'Not over what was paid and is not back yet. A sale not paid in full is cancelled first.',
  ),
  'pass-sale-over': row(
    409,
    'never',
    'Lần bán này đã xong',
    'Đã trả đủ hoặc đã huỷ: không còn gì phải thu. Trả lại tiền mặt; vẫn cần vé thì bán lại.',
    'This sale is over',
    'It is paid or taken back: nothing is due. Give the cash back; sell anew if a pass is wanted.',
  ),
  'pass-clock-not-trusted': row(
    503,
    'staff',
    'Đồng hồ sai, vé phải chờ',
    'Chỉnh lại giờ của hộp, rồi làm lại. Chưa thu tiền, cũng chưa trả lại tiền.',
    'Clock not trusted: pass waits',
    'Set the box’s clock, then do this again. Take and give back no money for it until then.',
  ),
  'pass-code-replaced': row(
    409,
    'staff',
    'Mã thẻ này đã được thay',
    'Quét mã mới nhất của thẻ. Không có thì gọi nhân viên: tìm thẻ theo biển số.',
    'This pass code was replaced',
    'Show the newest code of the pass. Without it call staff: they find the pass by its plate.',
  ),
  'pass-code-none': row(
    404,
    'never',
    'Thẻ chưa có mã QR',
    'Cấp mã trước: POST /v1/rights/{id}/code, hoặc tolbooth pass code.',
    'The pass has no code yet',
    'Issue one first: POST /v1/rights/{id}/code, or tolbooth pass code.',
  ),
  'no-pass-key': row(
    503,
    'staff',
    'Hộp không giữ khoá ký thẻ',
    'Thẻ vẫn dùng được bằng biển số. Muốn có mã QR: chạy tolbooth keys pass, rồi khởi động lại.',
    'This box holds no key for passes',
    'Its plates are taken all the same. For QR codes run: tolbooth keys pass, then start again.',
  ),
  'case-unknown': row(
    404,
    'never',
    'Không có việc này',
    'Kiểm tra mã việc cần xử lý.',
    'No such case',
    'Check the id of the case.',
  ),
  'evidence-not-here': row(
    409,
    'never',
    'Làn này không ra đường',
    'Làn giữa hai khu không cần ghi bù: làn ra sẽ tự khớp lại.',
    'This lane leads to no street',
    'A lane between two places needs no late evidence: the exit puts it right.',
  ),
  'evidence-names-nothing': row(
    409,
    'staff',
    'Cần vé hoặc biển số',
    'Ghi biển số, hoặc quét vé của xe đã cho qua.',
    'A ticket or a plate is needed',
    'Write down the plate, or read the ticket, of the vehicle that was let through.',
  ),
  'evidence-from-future': row(
    409,
    'staff',
    'Giờ ghi nằm ở tương lai',
    'Xem lại giờ xe qua và đồng hồ điện thoại, rồi gửi lại.',
    'It lies in the future',
    'Look at the time that was noted and at the phone’s clock, and hand it in again.',
  ),
  'evidence-too-old': row(
    409,
    'staff',
    'Đã quá hạn ghi bù',
    'Báo quản lý: lượt này sửa bằng tay, có ghi lý do.',
    'Too old as late evidence',
    'Tell the operator: this stay is put right by hand, with a reason.',
  ),
  'evidence-cash-too-high': row(
    403,
    'staff',
    'Tiền đã nhận thừa quá mức',
    'Xem lại số đã gõ. Nếu đúng đã nhận chừng đó, nhờ quản lý ghi lại và xác nhận.',
    'Far more cash than its price',
    'Look at it again. If so much was taken, an operator hands it in and confirms it.',
  ),

  'no-key': row(
    503,
    'staff',
    'Hộp chưa có khoá',
    'Chạy: tolbooth keys, rồi khởi động lại.',
    'Gateway has no key',
    'Run: tolbooth keys, then start again.',
  ),
  'bundle-older': row(
    409,
    'never',
    'Bản cũ hơn',
    'Bản đang dùng mới hơn. Nạp bản có số phiên bản cao hơn.',
    'Older than what is in use',
    'The version in use is newer. Load one with a higher version.',
  ),
  'bundle-version-taken': row(
    409,
    'never',
    'Số phiên bản đã dùng',
    'Số này đang dùng cho một nội dung khác. Tăng số phiên bản rồi nạp lại.',
    'Version number is taken',
    'Another content is in use under this version. Raise the number and load it again.',
  ),
  'bundle-from-future': row(
    409,
    'staff',
    'Bản đề giờ ở tương lai',
    'Kiểm tra đồng hồ của máy này và của nơi phát hành, rồi nạp lại.',
    'Bundle is dated ahead',
    'Check the clock of this box and that of whoever issued it, then load it again.',
  ),
  'bundle-invalid': row(
    422,
    'never',
    'Bản cấu hình sai',
    'Sửa các lỗi được nêu rồi nạp lại.',
    'Bundle is not valid',
    'Mend what is named and load it again.',
  ),
  'client-exists': row(
    409,
    'never',
    'Tên truy cập đã có',
    'Chọn tên khác, hoặc thu hồi quyền cũ trước rồi cấp lại.',
    'Client exists',
    'Choose another id, or revoke the old one first and add it again.',
  ),
  'client-unknown': row(
    404,
    'never',
    'Không có quyền truy cập này',
    'Xem danh sách quyền truy cập: có thể đã thu hồi rồi.',
    'No such client',
    'Look at the list of clients: it may have been revoked already.',
  ),
  'clients-full': row(
    409,
    'staff',
    'Đã đủ số quyền truy cập',
    'Thu hồi những quyền không dùng nữa rồi cấp lại.',
    'Too many clients',
    'Revoke those that nobody uses any more, and add it again.',
  ),
  'device-exists': row(
    409,
    'never',
    'Thiết bị đã có',
    'Chọn tên khác, thu hồi thiết bị cũ trước, hoặc đặt mật khẩu mới cho nó.',
    'Device exists',
    'Choose another id, revoke the old one first, or give it a new password.',
  ),
  'device-place-taken': row(
    409,
    'never',
    'Làn đã có thiết bị như vậy',
    'Thu hồi thiết bị cũ trước, hoặc nối các vòng từ chung một đầu vào.',
    'The lane has one already',
    'Revoke the old one first, or wire the loops to one input.',
  ),
  'barrier-not-in-layout': row(
    409,
    'never',
    'Layout ghi làn không thanh chắn',
    'Ghi "barrier": "arm" cho làn trong layout.json, nạp lại, rồi thêm thiết bị.',
    'The layout has no barrier here',
    'Write "barrier": "arm" for the lane in layout.json, load it, then enrol the device.',
  ),

  unauthorized: row(
    401,
    'staff',
    'Chưa đăng nhập',
    'Gửi mã truy cập trong Authorization: Bearer.',
    'Not signed in',
    'Send an access token in Authorization: Bearer.',
  ),
  forbidden: row(
    403,
    'staff',
    'Không có quyền',
    'Vai trò này không được làm việc đó. Nhờ người có quyền.',
    'Not allowed',
    'This role may not do that. Ask somebody whose role may.',
  ),
  'not-found': row(404, 'never', 'Không tìm thấy', 'Kiểm tra lại địa chỉ.', 'Not found', 'Check the address.'),
  'method-not-allowed': row(
    405,
    'never',
    'Sai phương thức',
    'Xem đầu mục Allow trong câu trả lời.',
    'Wrong method',
    'The Allow header of this answer says what this address takes.',
  ),
  'wrong-media-type': row(
    415,
    'never',
    'Sai kiểu nội dung',
    'Gửi nội dung JSON với Content-Type: application/json.',
    'Wrong kind of content',
    'Send JSON, with Content-Type: application/json.',
  ),
  'too-many-requests': row(
    429,
    'later',
    'Gửi quá nhiều',
    'Chờ số giây ghi ở Retry-After rồi gửi lại.',
    'Too many requests',
    'Wait for the seconds in Retry-After, then send again.',
  ),
  'ticket-needed': row(
    429,
    'later',
    'Hãy quét mã QR trên vé',
    'Biển số này bị gõ kèm số sai quá nhiều lần. Quét mã QR trên vé để mở trang.',
    'Scan the QR code on your ticket',
    'Wrong digits were typed with this plate too often. The QR code on the ticket opens the page.',
  ),
  'idempotency-key-missing': row(
    400,
    'never',
    'Thiếu Idempotency-Key',
    'Gửi Idempotency-Key khác nhau cho mỗi yêu cầu.',
    'Idempotency-Key missing',
    'Send an Idempotency-Key of its own with each request.',
  ),
}

function row(
  httpStatus: RefusalRow['httpStatus'],
  tryAgain: TryAgain,
  viShort: string,
  viHelp: string,
  enShort: string,
  enHelp: string,
): RefusalRow {
  return { httpStatus, tryAgain, vi: { short: viShort, help: viHelp }, en: { short: enShort, help: enHelp } }
}
