DROP INDEX `staff_case_open`;--> statement-breakpoint
CREATE INDEX `staff_case_kind` ON `staff_case` (`kind`,`opened_at`,`id`) WHERE status = 'open';--> statement-breakpoint
CREATE INDEX `staff_case_open` ON `staff_case` (`opened_at`,`id`) WHERE status = 'open';