ALTER TABLE `segment` ADD `is_until_unsure` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `session` ADD `is_entry_unsure` integer DEFAULT false NOT NULL;