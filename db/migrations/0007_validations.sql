ALTER TABLE `assigned_right` ADD `merchant` text;--> statement-breakpoint
ALTER TABLE `assigned_right` ADD `given_on` text;--> statement-breakpoint
ALTER TABLE `assigned_right` ADD `borne` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `assigned_right_merchant` ON `assigned_right` (`merchant`,`given_on`) WHERE merchant is not null;