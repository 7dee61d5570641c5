CREATE TABLE `bank_credit` (
	`mode` text NOT NULL,
	`reference` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`text_ref` text,
	`text_mac` text,
	`told_at` integer,
	`at` integer NOT NULL,
	`status` text NOT NULL,
	`parts` text NOT NULL,
	`overpaid` integer NOT NULL,
	`case` text,
	`seq` integer NOT NULL,
	PRIMARY KEY(`mode`, `reference`)
);
--> statement-breakpoint
CREATE INDEX `bank_credit_waiting` ON `bank_credit` (`at`) WHERE status <> 'booked';