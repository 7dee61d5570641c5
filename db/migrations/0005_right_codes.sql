ALTER TABLE `assigned_right` ADD `code` text;--> statement-breakpoint
ALTER TABLE `assigned_right` ADD `coded_at` integer;