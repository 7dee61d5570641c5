CREATE TABLE `assigned_right` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`holder` text NOT NULL,
	`places` text NOT NULL,
	`vehicle_classes` text NOT NULL,
	`spaces` integer NOT NULL,
	`valid_from` integer NOT NULL,
	`valid_until` integer NOT NULL,
	`hours` text NOT NULL,
	`session` text,
	`relief` text NOT NULL,
	`moved_at` integer,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `assigned_right_session` ON `assigned_right` (`session`) WHERE session is not null;--> statement-breakpoint
CREATE TABLE `occupancy` (
	`mode` text NOT NULL,
	`place` text NOT NULL,
	`vehicle_class` text NOT NULL,
	`count` integer NOT NULL,
	`corrected_at` integer,
	`seq` integer NOT NULL,
	PRIMARY KEY(`mode`, `place`, `vehicle_class`)
);
--> statement-breakpoint
CREATE TABLE `right_plate` (
	`right` text NOT NULL,
	`mac` text NOT NULL,
	`ref` text NOT NULL,
	`likeness` text NOT NULL,
	`tail` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`right`, `mac`)
);
--> statement-breakpoint
CREATE INDEX `right_plate_mac` ON `right_plate` (`mac`);--> statement-breakpoint
CREATE INDEX `right_plate_ref` ON `right_plate` (`ref`);--> statement-breakpoint
CREATE INDEX `right_plate_tail` ON `right_plate` (`tail`);--> statement-breakpoint
CREATE TABLE `segment` (
	`session` text NOT NULL,
	`segment_index` integer NOT NULL,
	`place` text NOT NULL,
	`from` integer NOT NULL,
	`until` integer NOT NULL,
	`tariff` text,
	`tariff_version` text,
	`right` text,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`session`, `segment_index`)
);
--> statement-breakpoint
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`vehicle_class` text NOT NULL,
	`place` text NOT NULL,
	`entry_lane` text NOT NULL,
	`entered_at` integer NOT NULL,
	`entry_by` text NOT NULL,
	`is_from_ticket` integer NOT NULL,
	`status` text NOT NULL,
	`charge` text,
	`settled_at` integer,
	`moved_at` integer NOT NULL,
	`moved_lane` text,
	`passback_reset_at` integer,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `session_open` ON `session` (`place`,`vehicle_class`) WHERE status in ('entering', 'inside', 'leaving');--> statement-breakpoint
CREATE INDEX `session_open_since` ON `session` (`entered_at`) WHERE status in ('entering', 'inside', 'leaving');--> statement-breakpoint
CREATE TABLE `session_credential` (
	`session` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`ref` text,
	`likeness` text,
	`tail` text,
	`confidence_permille` integer,
	`held` text,
	`seq` integer NOT NULL,
	PRIMARY KEY(`session`, `kind`, `value`)
);
--> statement-breakpoint
CREATE INDEX `session_credential_held` ON `session_credential` (`kind`,`value`) WHERE held is not null;--> statement-breakpoint
CREATE INDEX `session_credential_likeness` ON `session_credential` (`likeness`) WHERE held is not null and likeness is not null;--> statement-breakpoint
CREATE INDEX `session_credential_tail` ON `session_credential` (`tail`) WHERE held is not null and tail is not null;--> statement-breakpoint
CREATE INDEX `session_credential_ref` ON `session_credential` (`ref`) WHERE held is not null and ref is not null;--> statement-breakpoint
CREATE TABLE `sighting` (
	`seq` integer NOT NULL,
	`change_index` integer NOT NULL,
	`device` text NOT NULL,
	`lane` text NOT NULL,
	`confidence_permille` integer NOT NULL,
	`plate_ref` text NOT NULL,
	`plate_mac` text NOT NULL,
	`session` text,
	`picture_ref` text,
	`picture_mac` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`seq`, `change_index`)
);
--> statement-breakpoint
CREATE INDEX `sighting_lane` ON `sighting` (`lane`,`at`);--> statement-breakpoint
CREATE INDEX `sighting_session` ON `sighting` (`session`) WHERE session is not null;--> statement-breakpoint
CREATE TABLE `staff_case` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`mode` text NOT NULL,
	`lane` text,
	`session` text,
	`charge` text,
	`opened_at` integer NOT NULL,
	`pictures` text NOT NULL,
	`status` text NOT NULL,
	`ended_at` integer,
	`reason` text,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `staff_case_open` ON `staff_case` (`opened_at`) WHERE status = 'open';--> statement-breakpoint
CREATE INDEX `staff_case_session` ON `staff_case` (`session`) WHERE status = 'open' and session is not null;--> statement-breakpoint
CREATE INDEX `staff_case_lane` ON `staff_case` (`lane`) WHERE status = 'open' and lane is not null;--> statement-breakpoint
ALTER TABLE `charge` ADD `session` text;--> statement-breakpoint
ALTER TABLE `charge` ADD `owed_at` integer;--> statement-breakpoint
ALTER TABLE `charge` ADD `overpaid` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `charge` ADD `refunded` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `document` ADD `session` text;--> statement-breakpoint
ALTER TABLE `journal` ADD `session` text;--> statement-breakpoint
ALTER TABLE `passage` ADD `session` text;--> statement-breakpoint
CREATE INDEX `passage_session` ON `passage` (`session`) WHERE status in ('granted', 'opened', 'passing') and session is not null;