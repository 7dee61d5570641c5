import type { PruneReport, PruneResult, WaitsFor } from '../../db/prune.ts'
import type { JournalFault, Unknown } from '../../db/verify.ts'
import type { Said } from './terminal.ts'

/** What is wrong with a record, for whoever has to decide what to do about it. */
export function wordsOfFault(fault: JournalFault): Said {
  const { seq } = fault
  const record = (vi: string, en: string): Said => ({ vi: `Bản ghi ${seq}: ${vi}`, en: `Record ${seq}: ${en}` })
  switch (fault.kind) {
    case 'content-changed':
      return record('nội dung đã bị sửa.', 'its content was changed.')
    case 'hash-changed':
      return record('mã băm của nó đã bị sửa, nội dung còn đúng.', 'its hash was changed; its content is as it was.')
    case 'content-or-hash-changed':
      return record('nội dung hoặc mã băm đã bị sửa.', 'its content or its hash was changed.')
    case 'missing':
      return record(`thiếu ${fault.count} bản ghi từ đây.`, `${fault.count} record(s) are missing from here on.`)
    case 'moved':
      return record(`ở đây là bản ghi ${fault.isRecord}.`, `record ${fault.isRecord} stands in its place.`)
    case 'doubled':
      return record(`là bản chép của bản ghi ${fault.of}.`, `it is a copy of record ${fault.of}.`)
    case 'column':
      return record(
        `cột ${fault.column} không khớp với nội dung.`,
        `the column ${fault.column} does not say what the record says.`,
      )
    case 'epoch': {
      const { vi, en } = EPOCHS[fault.what]
      return record(vi, en)
    }
    case 'checkpoint': {
      const { vi, en } = CHECKPOINTS[fault.what]
      return record(vi, en)
    }
    case 'receipt':
      return fault.what === 'signature'
        ? record('biên nhận của trung tâm không đúng chữ ký.', 'upstream’s receipt for it is not signed by upstream.')
        : record(
            'trung tâm giữ một bản ghi khác. Sổ ở đây đã bị viết lại.',
            'upstream holds another record: these books were rewritten.',
          )
    case 'tail-lost': {
      const { vi, en } = TAILS[fault.known]
      return record(
        `mất các bản ghi ${seq} đến ${fault.upTo} (theo ${vi}).`,
        `records ${seq} to ${fault.upTo} are lost (${en}).`,
      )
    }
    case 'answer':
      return fault.what === 'missing'
        ? record(
            'câu trả lời đã mất: tin gửi lại có thể bị tính hai lần.',
            'its answer is gone: the same message could be taken twice.',
          )
        : record('câu trả lời lưu lại không khớp.', 'what is kept as its answer is not what was decided.')
    case 'spent':
      return fault.what === 'missing'
        ? record(
            'mã đã dùng không còn trong sổ mã đã dùng: có thể bị nhận hai lần. Chạy: tolbooth rebuild --replace.',
            'what it spent is not in the register: it could be taken twice. Run: tolbooth rebuild --replace.',
          )
        : record(
            'mã đã dùng không ghi như bản ghi nói. Chạy: tolbooth rebuild --replace.',
            'what it spent stands otherwise in the register. Run: tolbooth rebuild --replace.',
          )
    case 'vault':
      return record(
        `bằng chứng ${fault.ref} không còn như khi nhận.`,
        `the evidence ${fault.ref} is not what was taken.`,
      )
    case 'pruned': {
      const { vi, en } = PRUNED[fault.what]
      return record(vi, en)
    }
    case 'snapshot':
      return record(
        `ảnh chụp số dư bị hỏng (${fault.what}).`,
        `the snapshot that stands for dropped records is damaged (${fault.what}).`,
      )
  }
}

const EPOCHS: Record<Extract<JournalFault, { kind: 'epoch' }>['what'], Said> = {
  'no-genesis': { vi: 'kỷ nguyên đổi mà không có bản ghi mở đầu.', en: 'the epoch changes without a genesis.' },
  'genesis-within': { vi: 'bản ghi mở đầu nằm giữa kỷ nguyên.', en: 'a genesis stands within its epoch.' },
  'wrong-parent': {
    vi: 'bản ghi mở đầu nêu sai bản ghi trước nó.',
    en: 'the genesis names another record as its parent.',
  },
  'not-rising': { vi: 'số kỷ nguyên không tăng.', en: 'the number of the epoch does not rise.' },
  table: { vi: 'bảng kỷ nguyên nói khác bản ghi mở đầu.', en: 'the table of epochs says otherwise than the genesis.' },
  'without-genesis': { vi: 'kỷ nguyên không có bản ghi mở đầu.', en: 'an epoch has no genesis.' },
}

const CHECKPOINTS: Record<Extract<JournalFault, { kind: 'checkpoint' }>['what'], Said> = {
  signature: { vi: 'chữ ký điểm kiểm không đúng.', en: 'the signature of its checkpoint does not hold.' },
  columns: { vi: 'điểm kiểm lưu khác với điều đã ký.', en: 'its checkpoint says otherwise than what was signed.' },
  'other-hash': {
    vi: 'điểm kiểm đã ký cho một bản ghi khác.',
    en: 'its checkpoint was signed over another record.',
  },
}

const TAILS: Record<Extract<JournalFault, { kind: 'tail-lost' }>['known'], Said> = {
  checkpoint: { vi: 'điểm kiểm đã ký', en: 'a signed checkpoint knows of them' },
  receipt: { vi: 'biên nhận của trung tâm', en: 'upstream’s receipt knows of them' },
  'head-file': { vi: 'tệp books.db.head', en: 'the file books.db.head knows of them' },
}

const PRUNED: Record<Extract<JournalFault, { kind: 'pruned' }>['what'], Said> = {
  'no-snapshot-record': {
    vi: 'các bản ghi trước đã bỏ mà không có ảnh chụp.',
    en: 'the records before it were dropped without a snapshot.',
  },
  'other-range': {
    vi: 'phần đã bỏ không khớp với ảnh chụp.',
    en: 'what was dropped before it is not what the snapshot stands for.',
  },
  'not-signed': { vi: 'ảnh chụp chưa được ký.', en: 'the snapshot was not signed.' },
}

/** What the books alone cannot tell, and what would. */
export function wordsOfUnknown(unknown: Unknown): Said {
  switch (unknown.kind) {
    case 'after-receipt': {
      const from = unknown.after === 0 ? 'nào' : `sau bản ghi ${unknown.after}`
      const after = unknown.after === 0 ? 'No record' : `No record after ${unknown.after}`
      return {
        vi: `Chưa ai bên ngoài xác nhận bản ghi ${from}: phần cuối bị mất, hoặc bị người giữ khoá viết lại, thì ở đây không thấy được.`,
        en: `${after} is confirmed by anyone outside: an end that was lost, or rewritten by who holds the key, would not show here.`,
      }
    }
    case 'signatures-unchecked':
      return {
        vi: `Chưa kiểm chữ ký của ${unknown.checkpoints} điểm kiểm: không có khoá của hộp.`,
        en: `The signatures of ${unknown.checkpoints} checkpoint(s) were not checked: the gateway’s key is not here.`,
      }
    case 'receipts-unchecked':
      return {
        vi: `Chưa kiểm chữ ký của ${unknown.receipts} biên nhận của trung tâm.`,
        en: `The signatures of ${unknown.receipts} receipt(s) of upstream were not checked.`,
      }
    case 'pruned':
      return {
        vi: `Bản ghi đến ${unknown.upTo} đã bỏ: chỉ trung tâm còn giữ.`,
        en: `The records up to ${unknown.upTo} were dropped: only upstream still has them.`,
      }
    case 'lost-branch':
      return {
        vi: `Bản ghi ${unknown.after + 1} đến ${unknown.upTo} của kỷ nguyên ${unknown.epoch} đã mất khi khôi phục.`,
        en: `Records ${unknown.after + 1} to ${unknown.upTo} of epoch ${unknown.epoch} were lost by a restore.`,
      }
  }
}

/** What to do about a journal that does not verify. */
export const JOURNAL_DAMAGED: Said = {
  vi: 'Giữ nguyên tệp sổ. Tìm bản sao còn đúng (tolbooth journal verify TỆP), khôi phục nó (tolbooth restore TỆP), và báo người chịu trách nhiệm.',
  en: 'Keep the books as they are. Find a backup that verifies (tolbooth journal verify FILE), restore it (tolbooth restore FILE), and tell whoever is responsible.',
}

/** What a snapshot waits for, before the records behind it may go. */
export function wordsOfWaiting(waiting: NonNullable<PruneReport['waiting']>): Said {
  const { vi, en } = waitsFor(waiting.for)
  return {
    vi: `Ảnh chụp ở bản ghi ${waiting.upTo} đang chờ: ${vi}`,
    en: `The snapshot at record ${waiting.upTo} waits: ${en}`,
  }
}

function waitsFor(what: WaitsFor): Said {
  switch (what.kind) {
    case 'receipt':
      return {
        vi: 'trung tâm chưa xác nhận đã giữ các bản ghi này. Nối mạng để đồng bộ.',
        en: 'upstream has not said that it holds these records. Let it sync.',
      }
    case 'durable-receipt':
      return {
        vi: 'trung tâm mới giữ trong bộ nhớ, chưa bền vững.',
        en: 'upstream holds them, but not durably yet.',
      }
    case 'age': {
      const day = new Date(what.until).toISOString().slice(0, 10)
      return {
        vi: `biên nhận còn mới; chạy lại từ ${day}.`,
        en: `the receipt is too young; run this again from ${day} on.`,
      }
    }
    case 'same-records':
      return {
        vi: 'trung tâm giữ bản ghi khác với sổ ở đây. Chạy tolbooth journal verify.',
        en: 'upstream holds other records than these. Run tolbooth journal verify.',
      }
    case 'days-closed':
      return {
        vi: 'các ngày này chưa chốt sổ (hoặc dùng --without-closings nếu không chốt).',
        en: 'these days are not closed (or use --without-closings where nobody closes days).',
      }
  }
}

export const PRUNE_REFUSED: Record<Extract<PruneResult, { kind: 'refused' }>['reason'], Said> = {
  'clock-not-trusted': {
    vi: 'Đồng hồ không tin được: không bỏ và không xoá gì. Chỉnh giờ rồi chạy lại.',
    en: 'The clock is not trusted: nothing is dropped and nothing erased. Set it and run this again.',
  },
  'journal-damaged': {
    vi: 'Sổ không toàn vẹn: không bỏ gì. Chạy tolbooth journal verify.',
    en: 'The journal is not whole: nothing is dropped. Run tolbooth journal verify.',
  },
}
