CREATE TABLE `pass_sale` (
	`charge` text PRIMARY KEY NOT NULL,
	`right` text NOT NULL,
	`kind` text NOT NULL,
	`mode` text NOT NULL,
	`tariff` text NOT NULL,
	`tariff_version` text NOT NULL,
	`pass` text NOT NULL,
	`vehicle_class` text NOT NULL,
	`months` integer NOT NULL,
	`sold_at` integer NOT NULL,
	`due_at` integer NOT NULL,
	`from` integer NOT NULL,
	`until` integer NOT NULL,
	`status` text NOT NULL,
	`moved_at` integer,
	`sold_seq` integer NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pass_sale_right` ON `pass_sale` (`right`,`sold_seq`);--> statement-breakpoint
CREATE INDEX `staff_case_charge` ON `staff_case` (`charge`) WHERE status = 'open' and charge is not null;