import type { BarrierArm } from '../../../core/events.ts'
import type { LaneAlarm, LanePhase } from '../../../core/lane/state.ts'
import type { Tender } from '../../../core/ledger.ts'
import type { Language } from '../../../core/money-text.ts'
import type { RefusalText } from '../../../core/refusals.ts'
import type { Lane } from '../../../core/site.ts'
import type { ClockTrust } from '../../../core/time.ts'
import type { HttpRole } from '../clients.ts'

/** What can say more than vehicles can cause. */
export type ChatteringKind = 'loop' | 'barrier' | 'button' | 'camera'

/** Every word of the pages, in both languages: one that is forgotten does not compile. */
export type Words = {
  readonly other: { readonly language: Language; readonly name: string }
  readonly live: string
  readonly desk: string
  readonly receipts: string
  readonly api: string
  readonly signIn: string
  readonly signOut: string
  readonly signedInAs: string
  readonly skip: string
  readonly token: string
  readonly tokenHelp: string
  readonly tokenWrong: string
  readonly signingIn: string
  readonly allWell: string
  readonly allWellHelp: string
  readonly attention: string
  readonly payments: string
  readonly taken: string
  readonly refusals: string
  readonly shown: string
  readonly since: (time: string) => string
  readonly takenToday: string
  readonly nothingTaken: string
  readonly wholeDay: string
  readonly tender: string
  readonly paymentsMade: string
  readonly came: string
  readonly givenBack: string
  readonly tenders: Readonly<Record<Tender, string>>
  readonly feed: string
  readonly feedEmpty: string
  readonly refusedWhy: string
  readonly noRefusals: string
  readonly times: (count: number) => string
  readonly lanes: string
  readonly noLanes: string
  readonly vehicleBefore: string
  readonly vehicleUnder: string
  readonly noVehicle: string
  /** Of a free-flow lane. */
  readonly vehicleAtReader: string
  readonly barrierPresent: string
  readonly barrierAway: RefusalText
  readonly awayHere: (names: string) => RefusalText
  readonly silentHere: (names: string) => RefusalText
  readonly chattersHere: Readonly<Record<ChatteringKind, (names: string) => RefusalText>>
  readonly exposure: string
  readonly exposureOf: (risk: string, limit: string) => string
  readonly exposureUnknown: string
  readonly exposureNear: RefusalText
  readonly exposureOver: RefusalText
  readonly lastContact: string
  readonly keySet: string
  readonly denyList: string
  readonly never: string
  readonly ago: (age: string) => string
  readonly atMost: (age: string) => string
  readonly tooOldSoon: (what: string) => RefusalText
  readonly devices: string
  readonly devicesPresent: (present: number, all: number) => string
  readonly devicesAway: (count: number) => string
  readonly devicesAwayHelp: string
  readonly devicesAllHere: string
  readonly andMore: (count: number) => string
  readonly service: string
  readonly ready: string
  readonly notReady: string
  /** What readiness looks at; a part that is not named here goes by its own name. */
  readonly parts: Readonly<Record<string, string>>
  readonly clock: Record<ClockTrust['state'], RefusalText>
  readonly uncertainty: (ms: number) => string
  readonly gatewayTime: string
  readonly phases: Record<LanePhase['kind'], string>
  readonly arms: Record<BarrierArm, string>
  /** Of a free-flow lane. */
  readonly noArm: string
  readonly alarms: Record<LaneAlarm, RefusalText>
  readonly directions: Record<Lane['direction'], string>
  /** The same in a lane’s own name: who names it so has said which way it leads. */
  readonly ways: Record<Lane['direction'], string>
  readonly roles: Record<HttpRole, string>
  readonly received: string
  readonly refused: string
  readonly letThrough: string
  readonly openedByHand: (by: string) => string
  /** In place of what somebody had typed. */
  readonly erased: string
  readonly emergencyOn: RefusalText
  readonly emergencyOff: string
  readonly upByItself: RefusalText
  readonly deviceEnrolled: string
  readonly deviceRevoked: string
  readonly fault: RefusalText
  readonly epoch: string
  readonly training: string
  readonly wholeSite: string
  readonly connecting: string
  readonly lost: string
  readonly lostHelp: string
  readonly checkReceipt: string
  readonly checkHelp: string
  readonly receiptText: string
  readonly check: string
  readonly genuine: string
  readonly notGenuine: string
  readonly amount: string
  readonly place: string
  readonly merchant: string
  readonly issuedAt: string
  readonly charge: string
  readonly number: string
  readonly trainingReceipt: string
  readonly refusalCodes: string
  readonly refusalHelp: string
  readonly back: string
  readonly minutes: (count: number) => string
  readonly hours: (count: number) => string
  readonly days: (count: number) => string
}

export const words: Record<Language, Words> = {
  vi: {
    other: { language: 'en', name: 'English' },
    live: 'Trực tiếp',
    desk: 'Tại cổng',
    receipts: 'Biên lai',
    api: 'API',
    signIn: 'Đăng nhập',
    signOut: 'Đăng xuất',
    signedInAs: 'Đang dùng:',
    skip: 'Tới nội dung chính',
    token: 'Mã truy cập',
    tokenHelp: 'Mã mà người quản lý đã đưa. Chỉ nhập một lần; máy này nhớ trong 12 giờ.',
    tokenWrong: 'Mã không đúng, đã hết hạn, hoặc liên kết này đã được dùng một lần. Nhập mã, hoặc hỏi người quản lý.',
    signingIn: 'Đang đăng nhập…',
    allWell: 'Mọi thứ đều ổn',
    allWellHelp: 'Không có việc gì phải làm.',
    attention: 'Cần xử lý',
    payments: 'Lượt đã nhận',
    taken: 'Tiền nhận bằng mã',
    refusals: 'Lượt từ chối',
    shown: 'Lượt quét',
    since: (time) => `Từ lúc khởi động, ${time}`,
    takenToday: 'Thu hôm nay',
    nothingTaken: 'Chưa thu khoản nào.',
    wholeDay: 'Từ 0 giờ. Các ngày trước: tolbooth report totals.',
    tender: 'Cách trả',
    paymentsMade: 'Lượt',
    came: 'Thu',
    givenBack: 'Hoàn lại',
    tenders: {
      cash: 'Tiền mặt',
      'cash-on-behalf': 'Tiền mặt, nhân viên chuyển hộ',
      'bank-transfer': 'Chuyển khoản',
      token: 'Mã thanh toán',
      pass: 'Không thu: vé tháng',
      validation: 'Gian hàng trả thay',
      waiver: 'Không thu: quản lý cho qua',
      'late-evidence': 'Không thu: theo ghi bù',
      correction: 'Không thu: đã hỏi, không phải trả',
      debt: 'Nợ',
    },
    feed: 'Vừa xảy ra',
    feedEmpty: 'Chưa có lượt nào.',
    refusedWhy: 'Vì sao bị từ chối',
    noRefusals: 'Chưa có lượt nào bị từ chối.',
    times: (count) => `${count} lần`,
    lanes: 'Các làn',
    noLanes: 'Nơi này không có làn.',
    vehicleBefore: 'Xe chờ trước thanh chắn',
    vehicleUnder: 'Xe dưới thanh chắn',
    noVehicle: 'Không có xe',
    vehicleAtReader: 'Xe ở đầu đọc',
    barrierPresent: 'Thanh chắn có kết nối',
    barrierAway: {
      short: 'Thanh chắn mất kết nối',
      help: 'Xem điện và dây mạng của thanh chắn. Trong lúc chờ, mở bằng tay tại chỗ và ghi lý do.',
    },
    awayHere: (names) => ({
      short: `Mất kết nối: ${names}`,
      help: 'Xem điện và mạng của thiết bị này. Trong lúc chờ, trông làn.',
    }),
    silentHere: (names) => ({
      short: `Không trả lời: ${names}`,
      help: 'Có kết nối nhưng không trả lời, nên mã và cảm biến ở làn không được tin. Tắt bật lại thiết bị, báo kỹ thuật.',
    }),
    chattersHere: {
      loop: (names) => ({
        short: `Vòng từ chập chờn: ${names}`,
        help: 'Báo có xe rồi lại không, nhanh hơn mọi xe. Cần đóng chậm hơn thường lệ. Trông làn, xem mối nối và dây của vòng từ, báo kỹ thuật.',
      }),
      barrier: (names) => ({
        short: `Thanh chắn báo chập chờn: ${names}`,
        help: 'Báo cần lên rồi lại không, nhanh hơn mọi xe. Nhìn xem cần đang ở đâu: màn hình có thể sai, kể cả khi báo bị mở cưỡng bức. Trông làn, báo kỹ thuật xem công tắc hành trình và dây.',
      }),
      button: (names) => ({
        short: `Nút lấy vé bị kẹt: ${names}`,
        help: 'Báo có người bấm, nhanh hơn mọi xe. Xe đứng trên vòng từ vẫn lấy được vé. Trông làn, xem nút có kẹt hay chập dây không, báo kỹ thuật.',
      }),
      camera: (names) => ({
        short: `Camera đọc biển liên tục: ${names}`,
        help: 'Báo biển số nhanh hơn mọi xe, có khi do cành cây hay vật gì động đậy. Biển của xe đứng trên vòng từ vẫn được nhận, có thể sót. Trông làn, xem trước camera có gì, báo kỹ thuật.',
      }),
    },
    exposure: 'Tiền chờ quyết toán',
    exposureOf: (risk, limit) => `${risk} trên mức ${limit}`,
    exposureUnknown: 'Chưa có chính sách, nên chưa nhận tiền.',
    exposureNear: {
      short: 'Tiền chờ quyết toán sắp đầy',
      help: 'Khi đầy, chỉ còn nhận tiền mặt hoặc chuyển khoản. Chưa có gì quyết toán tiền này: người quản lý xem lại và nâng mức trong chính sách (exposureMax).',
    },
    exposureOver: {
      short: 'Tiền chờ quyết toán đã đầy',
      help: 'Thu tiền mặt hoặc chuyển khoản. Chưa có gì quyết toán tiền này: người quản lý phải nâng mức trong chính sách (exposureMax) thì mới nhận mã lại.',
    },
    lastContact: 'Liên lạc với trung tâm',
    keySet: 'Bộ khoá của ví',
    denyList: 'Danh sách chặn',
    never: 'chưa lần nào',
    ago: (age) => `${age} trước`,
    atMost: (age) => `tối đa ${age}`,
    tooOldSoon: (what) => ({ short: `${what}: sắp quá cũ`, help: 'Nối mạng để cập nhật, trước khi phải ngừng nhận.' }),
    devices: 'Thiết bị',
    devicesPresent: (present, all) => `${present} trên ${all} đang kết nối`,
    devicesAway: (count) => `${count} thiết bị mất kết nối`,
    devicesAwayHelp: 'Xem điện và mạng của thiết bị. Nếu đèn sáng mà vẫn mất, rút điện 10 giây rồi cắm lại.',
    devicesAllHere: 'Mọi thiết bị đều có kết nối.',
    andMore: (count) => `và ${count} nữa`,
    service: 'Hệ thống',
    ready: 'Sẵn sàng',
    notReady: 'Chưa sẵn sàng',
    parts: {
      database: 'sổ sách',
      broker: 'kết nối thiết bị',
      keys: 'bộ khoá',
      layout: 'sơ đồ',
      policy: 'chính sách',
      tariffs: 'bảng giá',
      clock: 'đồng hồ',
      disk: 'ổ đĩa',
      files: 'tệp cấu hình',
    },
    clock: {
      synced: { short: 'Đồng hồ đúng', help: '' },
      holdover: { short: 'Đồng hồ chạy tự do', help: 'Chưa nối được nguồn giờ; sai số tăng dần.' },
      stepped: {
        short: 'Đồng hồ vừa nhảy',
        help: 'Giờ chưa được xác nhận. Kiểm tra giờ của hộp, nối mạng để đồng bộ giờ.',
      },
      unknown: { short: 'Chưa rõ giờ', help: 'Nối mạng hoặc đặt giờ cho hộp. Trong lúc chờ, chỉ nhận số tiền nhỏ.' },
    },
    uncertainty: (ms) => `sai số tối đa ${ms} ms`,
    gatewayTime: 'Giờ của hộp',
    phases: {
      idle: 'Trống',
      'vehicle-present': 'Có xe chờ',
      waiting: 'Được qua, chờ mở lại',
      opening: 'Đang mở',
      open: 'Đã mở, chờ xe qua',
      passing: 'Xe đang qua',
      closing: 'Đang đóng',
      'held-open': 'Mở và giữ',
    },
    noArm: 'Không có cần',
    arms: { closed: 'Cần: đóng', open: 'Cần: mở', moving: 'Cần: đang chuyển động', unknown: 'Cần: không rõ' },
    alarms: {
      'barrier-no-answer': {
        short: 'Thanh chắn không trả lời',
        help: 'Mở bằng tay tại chỗ, rồi xem điện và mạng của thanh chắn.',
      },
      'barrier-failed': { short: 'Thanh chắn báo lỗi', help: 'Xem có vật cản không. Mở bằng tay và báo kỹ thuật.' },
      'barrier-away': {
        short: 'Thanh chắn mất kết nối',
        help: 'Xem điện và dây mạng. Trong lúc chờ, mở bằng tay và ghi lý do.',
      },
      'no-passage': {
        short: 'Đã mở mà xe chưa qua',
        help: 'Hỏi người lái. Xe đã trả tiền thì quét lại đúng mã đó là qua được, không mất thêm tiền.',
      },
      'stuck-open': {
        short: 'Thanh chắn không đóng',
        help: 'Nó có thể hạ xuống bất cứ lúc nào: tắt điện của nó rồi mới chạm vào. Xem có xe hay vật cản ở dưới; vẫn mở thì báo kỹ thuật.',
      },
      'backing-out': {
        short: 'Xe đã lùi ra',
        help: 'Đã mở mà xe lùi lại. Hỏi người lái cần gì; mã cũ vẫn dùng được.',
      },
      'loop-away': {
        short: 'Mất kết nối vòng từ dưới thanh chắn',
        help: 'Không rõ dưới thanh chắn có xe hay không nên thanh chắn được giữ mở. Trông làn; kiểm tra điện và mạng của vòng từ.',
      },
      'stuck-closed': {
        short: 'Thanh chắn không mở',
        help: 'Thanh chắn báo đã mở mà vẫn đóng. Mở bằng tay và báo kỹ thuật.',
      },
      'forced-open': {
        short: 'Thanh chắn bị mở cưỡng bức',
        help: 'Không ai cho mở. Xem camera và xem thanh chắn có bị đẩy hay gãy không.',
      },
      tailgating: {
        short: 'Xe bám đuôi',
        help: 'Hai xe qua một lần mở. Xem camera và tìm lượt gửi của xe sau.',
      },
      'loop-stuck': {
        short: 'Vòng từ báo có xe mãi',
        help: 'Đã hơn một giờ vẫn báo có xe trước thanh chắn. Ra xem: nếu không có xe thì báo kỹ thuật sửa vòng từ.',
      },
      'unexplained-passage': {
        short: 'Xe qua khi chưa được phép',
        help: 'Xem camera. Có thể xe bám đuôi hoặc thanh chắn bị đẩy.',
      },
    },
    directions: { entry: 'Làn vào', exit: 'Làn ra', both: 'Làn hai chiều' },
    ways: { entry: 'vào', exit: 'ra', both: 'hai chiều' },
    roles: {
      vendor: 'người bán',
      attendant: 'nhân viên làn',
      'pay-station': 'máy thu phí',
      operator: 'điều hành',
      admin: 'quản trị',
      scraper: 'giám sát',
    },
    received: 'Đã nhận',
    refused: 'Từ chối',
    letThrough: 'Cho xe qua',
    openedByHand: (by) => `Mở bằng tay: ${by}`,
    erased: '(lý do đã xoá)',
    emergencyOn: { short: 'Mở khẩn cấp mọi làn', help: 'Cứ để xe qua. Tắt nút khẩn cấp khi đã an toàn.' },
    emergencyOff: 'Hết khẩn cấp',
    upByItself: {
      short: 'Cần tự mở vì mất liên lạc với hộp',
      help: 'Cứ để xe qua. Cần tự đóng khi vòng từ dưới cần báo không có xe. Nếu cần mãi không đóng: xem vòng từ và mạng của nó.',
    },
    deviceEnrolled: 'Thêm thiết bị',
    deviceRevoked: 'Thu hồi thiết bị',
    fault: { short: 'Lỗi của hệ thống', help: 'Lỗi đã được ghi lại. Mở bằng tay nếu cần và báo kỹ thuật.' },
    epoch: 'Sổ bắt đầu kỳ mới',
    training: 'tập huấn',
    wholeSite: 'Toàn khu',
    connecting: 'Đang kết nối…',
    lost: 'Mất kết nối với hộp. Màn hình đang hiện số liệu cũ, lúc',
    lostHelp: 'Máy đang tự thử lại. Nếu lâu quá 1 phút: xem hộp có điện không, và máy này có cùng mạng không.',
    checkReceipt: 'Kiểm tra biên lai',
    checkHelp: 'Dán mã biên lai vào đây. Hộp kiểm tra chữ ký và cho biết biên lai có thật không.',
    receiptText: 'Mã biên lai',
    check: 'Kiểm tra',
    genuine: 'Biên lai thật',
    notGenuine: 'Không phải biên lai của nơi này',
    amount: 'Số tiền',
    place: 'Nơi trả',
    merchant: 'Người nhận',
    issuedAt: 'Lúc',
    charge: 'Khoản thu',
    number: 'Số biên lai',
    trainingReceipt: 'Biên lai tập huấn: không phải tiền thật.',
    refusalCodes: 'Các lý do từ chối',
    refusalHelp: 'Mã, trạng thái HTTP, nên thử lại hay không, và lời nói với người dùng.',
    back: 'Về trang trực tiếp',
    minutes: (count) => `${count} phút`,
    hours: (count) => `${count} giờ`,
    days: (count) => `${count} ngày`,
  },
  en: {
    other: { language: 'vi', name: 'Tiếng Việt' },
    live: 'Live',
    desk: 'At the gate',
    receipts: 'Receipts',
    api: 'API',
    signIn: 'Sign in',
    signOut: 'Sign out',
    signedInAs: 'Signed in:',
    skip: 'Skip to the content',
    token: 'Access token',
    tokenHelp: 'The one that the manager gave you. Type it once; this device remembers it for 12 hours.',
    tokenWrong:
      'The token is wrong or no longer valid, or this link was used before: it works once. Type your token, or ask the manager.',
    signingIn: 'Signing in…',
    allWell: 'All is well',
    allWellHelp: 'There is nothing to do.',
    attention: 'Needs attention',
    payments: 'Taken',
    taken: 'Taken by codes',
    refusals: 'Refused',
    shown: 'Scans',
    since: (time) => `Since the start, ${time}`,
    takenToday: 'Taken today',
    nothingTaken: 'Nothing has been taken yet.',
    wholeDay: 'Since midnight. Days before: tolbooth report totals.',
    tender: 'Tender',
    paymentsMade: 'Payments',
    came: 'Taken',
    givenBack: 'Given back',
    tenders: {
      cash: 'Cash',
      'cash-on-behalf': 'Cash that staff transfer themselves',
      'bank-transfer': 'Bank transfers',
      token: 'Payment codes',
      pass: 'Let go for passes',
      validation: 'Borne by merchants',
      waiver: 'Let go by supervisors',
      'late-evidence': 'Let go by late evidence',
      correction: 'Let go: asked, not due',
      debt: 'Debts',
    },
    feed: 'What just happened',
    feedEmpty: 'Nothing yet.',
    refusedWhy: 'Why codes were refused',
    noRefusals: 'Nothing has been refused.',
    times: (count) => (count === 1 ? 'once' : `${count} times`),
    lanes: 'Lanes',
    noLanes: 'This site has no lanes.',
    vehicleBefore: 'Vehicle before the barrier',
    vehicleUnder: 'Vehicle under the barrier',
    noVehicle: 'No vehicle',
    vehicleAtReader: 'Vehicle at the reader',
    barrierPresent: 'Barrier is connected',
    barrierAway: {
      short: 'Barrier is not connected',
      help: 'Look at its power and its network cable. Meanwhile open it by hand on the spot, and note why.',
    },
    awayHere: (names) => ({
      short: `Not connected: ${names}`,
      help: 'Look at its power and its network. Meanwhile keep an eye on the lane.',
    }),
    silentHere: (names) => ({
      short: `Does not answer: ${names}`,
      help: 'It is connected and does not answer, so its codes and its loop are not believed. Switch it off and on, and tell the technician.',
    }),
    chattersHere: {
      loop: (names) => ({
        short: `The loop chatters: ${names}`,
        help: 'It says that somebody is there and is not, faster than any vehicle. The arm comes down later than usual. Keep an eye on the lane, look at its joints and its cable, and tell the technician.',
      }),
      barrier: (names) => ({
        short: `The arm’s switch chatters: ${names}`,
        help: 'It says that the arm is up and is not, faster than any vehicle. Look where the arm really is: the screens may be wrong, also where they say that it was forced open. Keep an eye on the lane, and tell the technician to look at the limit switches and their cable.',
      }),
      button: (names) => ({
        short: `The ticket button is stuck: ${names}`,
        help: 'It says that it is pressed, faster than vehicles come. Whoever stands on the loop still gets a ticket. Keep an eye on the lane, see whether the button is jammed or its cable shorted, and tell the technician.',
      }),
      camera: (names) => ({
        short: `The camera reads without end: ${names}`,
        help: 'It says plates faster than vehicles come: of a branch, perhaps, or whatever moves before it. Whoever stands on the loop is still read, and may be missed. Keep an eye on the lane, look at what is before the camera, and tell the technician.',
      }),
    },
    exposure: 'Waiting to be settled',
    exposureOf: (risk, limit) => `${risk} of at most ${limit}`,
    exposureUnknown: 'There is no policy yet, so no money is taken.',
    exposureNear: {
      short: 'What waits to be settled is near its limit',
      help: 'At the limit only cash and bank transfers are left. Nothing settles this yet: an operator looks at it and raises the limit in the policy (exposureMax).',
    },
    exposureOver: {
      short: 'What waits to be settled has reached its limit',
      help: 'Take cash or bank transfers. Nothing settles this yet: codes are taken again when an operator raises the limit in the policy (exposureMax).',
    },
    lastContact: 'Contact with the centre',
    keySet: 'Wallets’ keys',
    denyList: 'Deny list',
    never: 'never yet',
    ago: (age) => `${age} ago`,
    atMost: (age) => `at most ${age}`,
    tooOldSoon: (what) => ({
      short: `${what}: soon too old`,
      help: 'Connect to the network and update, before payments have to stop.',
    }),
    devices: 'Devices',
    devicesPresent: (present, all) => `${present} of ${all} connected`,
    devicesAway: (count) => (count === 1 ? '1 device is away' : `${count} devices are away`),
    devicesAwayHelp:
      'Look at their power and network. If a light is on and it is still away, unplug it for 10 seconds.',
    devicesAllHere: 'Every device is connected.',
    andMore: (count) => `and ${count} more`,
    service: 'The gateway',
    ready: 'Ready',
    notReady: 'Not ready',
    parts: {
      database: 'the books',
      broker: 'devices’ connection',
      keys: 'key set',
      layout: 'layout',
      policy: 'policy',
      tariffs: 'tariffs',
      clock: 'clock',
      disk: 'disk',
      files: 'the site’s files',
    },
    clock: {
      synced: { short: 'Clock is right', help: '' },
      holdover: { short: 'Clock runs by itself', help: 'No source of time is reached; its error grows.' },
      stepped: {
        short: 'Clock has jumped',
        help: 'Nothing confirms the time. Check the box’s clock; connect it to get the time.',
      },
      unknown: {
        short: 'Time is not known',
        help: 'Connect the box or set its clock. Meanwhile only small amounts are taken.',
      },
    },
    uncertainty: (ms) => `error at most ${ms} ms`,
    gatewayTime: 'Gateway’s time',
    phases: {
      idle: 'Free',
      'vehicle-present': 'Vehicle waits',
      waiting: 'May pass, waits to be opened again',
      opening: 'Opening',
      open: 'Open, waiting for the vehicle',
      passing: 'Vehicle is passing',
      closing: 'Closing',
      'held-open': 'Held open',
    },
    noArm: 'No arm',
    arms: { closed: 'Arm: closed', open: 'Arm: open', moving: 'Arm: moving', unknown: 'Arm: not known' },
    alarms: {
      'barrier-no-answer': {
        short: 'Barrier does not answer',
        help: 'Open it by hand on the spot, then look at its power and network.',
      },
      'barrier-failed': {
        short: 'Barrier reports a failure',
        help: 'Look whether something is in its way. Open by hand and tell the technician.',
      },
      'barrier-away': {
        short: 'Barrier is not connected',
        help: 'Look at its power and network cable. Meanwhile open by hand, and note why.',
      },
      'no-passage': {
        short: 'Opened, but nobody passed',
        help: 'Ask the driver. Whoever has paid shows the same code again and passes, without paying twice.',
      },
      'stuck-open': {
        short: 'Barrier does not close',
        help: 'It may come down at any moment: switch its power off before you touch it. Look for a vehicle or an object under it; tell the technician if it stays open.',
      },
      'backing-out': {
        short: 'The vehicle backed out',
        help: 'It was opened for and drove back. Ask what the driver needs; the same code still works.',
      },
      'loop-away': {
        short: 'The loop under the arm is away',
        help: 'Nobody knows who is under the arm, so it stays up. Watch the lane; see to the loop’s power and network.',
      },
      'stuck-closed': {
        short: 'Barrier does not open',
        help: 'It says that it opened and is still down. Open by hand and tell the technician.',
      },
      'forced-open': {
        short: 'Barrier was forced open',
        help: 'Nobody opened it. Look at the camera, and whether the arm was pushed or is broken.',
      },
      tailgating: {
        short: 'A vehicle followed another',
        help: 'Two passed in one opening. Look at the camera, and find the stay of the second.',
      },
      'loop-stuck': {
        short: 'The loop says for long that a vehicle stands there',
        help: 'For more than an hour. Look: if nobody stands before the barrier, tell the technician that the loop is stuck.',
      },
      'unexplained-passage': {
        short: 'A vehicle passed without a right',
        help: 'Look at the camera. It may have followed another, or the arm was pushed.',
      },
    },
    directions: { entry: 'Entry', exit: 'Exit', both: 'Entry and exit' },
    ways: { entry: 'entry', exit: 'exit', both: 'entry and exit' },
    roles: {
      vendor: 'vendor',
      attendant: 'attendant',
      'pay-station': 'pay station',
      operator: 'operator',
      admin: 'admin',
      scraper: 'monitor',
    },
    received: 'Received',
    refused: 'Refused',
    letThrough: 'Let through',
    openedByHand: (by) => `Opened by hand: ${by}`,
    erased: '(reason erased)',
    emergencyOn: {
      short: 'All lanes are held open',
      help: 'Let everyone pass. Release the emergency input when it is safe.',
    },
    emergencyOff: 'Emergency is over',
    upByItself: {
      short: 'The arm went up by itself: it had lost the gateway',
      help: 'Let vehicles pass. It comes down when the loop under it says that nobody is there. If it does not: look at that loop and its network.',
    },
    deviceEnrolled: 'Device enrolled',
    deviceRevoked: 'Device revoked',
    fault: {
      short: 'A fault of our own',
      help: 'It has been recorded. Open by hand if need be, and tell the technician.',
    },
    epoch: 'The books begin a new epoch',
    training: 'training',
    wholeSite: 'Whole site',
    connecting: 'Connecting…',
    lost: 'No connection to the gateway. What you see is old, from',
    lostHelp:
      'This page keeps trying. If it takes over a minute: has the box power, and is this device on the same network?',
    checkReceipt: 'Check a receipt',
    checkHelp: 'Paste the receipt’s code here. The gateway checks its signature and says whether it is genuine.',
    receiptText: 'The receipt’s code',
    check: 'Check',
    genuine: 'The receipt is genuine',
    notGenuine: 'Not a receipt of this site',
    amount: 'Amount',
    place: 'Paid at',
    merchant: 'Paid to',
    issuedAt: 'When',
    charge: 'Charge',
    number: 'Receipt number',
    trainingReceipt: 'A training receipt: no real money.',
    refusalCodes: 'Why it says no',
    refusalHelp: 'The code, the HTTP status, whether to try again, and what people are told.',
    back: 'To the live page',
    minutes: (count) => `${count} min`,
    hours: (count) => `${count} h`,
    days: (count) => (count === 1 ? '1 day' : `${count} days`),
  },
}

/** A length of time in its largest whole unit, for people. */
export function ageText(ms: number, language: Language): string {
  const of = words[language]
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 120) return of.minutes(minutes)
  if (minutes < 2 * 1_440) return of.hours(Math.floor(minutes / 60))
  return of.days(Math.floor(minutes / 1_440))
}
