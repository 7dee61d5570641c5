ALTER TABLE `assigned_right` ADD `holder_ref` text;--> statement-breakpoint
ALTER TABLE `assigned_right` ADD `holder_mac` text;--> statement-breakpoint
CREATE INDEX `assigned_right_holder` ON `assigned_right` (`holder_ref`) WHERE holder_ref is not null;--> statement-breakpoint
ALTER TABLE `assigned_right` DROP COLUMN `holder`;