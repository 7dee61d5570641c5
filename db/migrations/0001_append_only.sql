CREATE TRIGGER journal_never_updated BEFORE UPDATE ON journal
BEGIN
  SELECT RAISE(ABORT, 'journal rows are never updated');
END;
--> statement-breakpoint
CREATE TRIGGER journal_dropped_only_behind_a_snapshot BEFORE DELETE ON journal
WHEN NOT EXISTS (SELECT 1 FROM pruned_segment WHERE OLD.seq BETWEEN from_seq AND to_seq)
BEGIN
  SELECT RAISE(ABORT, 'journal rows are dropped only behind a signed snapshot');
END;
--> statement-breakpoint
CREATE TRIGGER transfer_never_moved BEFORE UPDATE OF id, debit, credit, amount, currency, code, charge, phase, pending ON transfer
BEGIN
  SELECT RAISE(ABORT, 'a transfer is mended only by another transfer');
END;
