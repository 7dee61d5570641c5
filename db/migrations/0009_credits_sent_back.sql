DROP INDEX `bank_credit_waiting`;--> statement-breakpoint
ALTER TABLE `bank_credit` ADD `sent_back` text;--> statement-breakpoint
CREATE INDEX `bank_credit_waiting` ON `bank_credit` (`at`) WHERE status in ('unmatched', 'refund-due');