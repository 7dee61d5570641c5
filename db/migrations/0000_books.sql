CREATE TABLE `account` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`currency` text NOT NULL,
	`debits_posted` integer NOT NULL,
	`credits_posted` integer NOT NULL,
	`debits_pending` integer NOT NULL,
	`credits_pending` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bundle` (
	`hash` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`content` text NOT NULL,
	`stored_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `charge` (
	`id` text PRIMARY KEY NOT NULL,
	`place_kind` text NOT NULL,
	`place_id` text NOT NULL,
	`merchant` text NOT NULL,
	`due` integer NOT NULL,
	`currency` text NOT NULL,
	`paid` integer NOT NULL,
	`mode` text NOT NULL,
	`status` text NOT NULL,
	`opened_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`closed_at` integer,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `charge_open` ON `charge` (`place_kind`,`place_id`) WHERE status in ('open', 'owed');--> statement-breakpoint
CREATE TABLE `checkpoint` (
	`seq` integer PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`hash` text NOT NULL,
	`at` integer NOT NULL,
	`jws` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `claim` (
	`id` text PRIMARY KEY NOT NULL,
	`mode` text NOT NULL,
	`issuer` text NOT NULL,
	`spent_id` text NOT NULL,
	`kind` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`charge` text NOT NULL,
	`evidence_ref` text NOT NULL,
	`evidence_mac` text NOT NULL,
	`present_by` integer NOT NULL,
	`status` text NOT NULL,
	`moved_at` integer,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `client` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`role` text NOT NULL,
	`mode` text NOT NULL,
	`stalls` text NOT NULL,
	`lanes` text NOT NULL,
	`created_at` integer NOT NULL,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `client_token_hash_unique` ON `client` (`token_hash`);--> statement-breakpoint
CREATE TABLE `closed_day` (
	`day` text PRIMARY KEY NOT NULL,
	`from_seq` integer NOT NULL,
	`to_seq` integer NOT NULL,
	`closing` text NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `collected_for` (
	`id` text PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`charge` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`status` text NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `contact` (
	`name` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `current_bundle` (
	`kind` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`version_epoch` integer NOT NULL,
	`version_n` integer NOT NULL,
	`issued_at` integer NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `cursor` (
	`sink` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`effect_index` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `device` (
	`id` text PRIMARY KEY NOT NULL,
	`driver` text NOT NULL,
	`kind` text NOT NULL,
	`delivery` text NOT NULL,
	`place_kind` text NOT NULL,
	`place_id` text NOT NULL,
	`role` text,
	`status` text NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `device_credential` (
	`device` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`set_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `document` (
	`id` text PRIMARY KEY NOT NULL,
	`typ` text NOT NULL,
	`charge` text,
	`jws` text NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `document_charge` ON `document` (`charge`);--> statement-breakpoint
CREATE TABLE `due` (
	`id` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL,
	`timer` text NOT NULL,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `due_at` ON `due` (`due_at`);--> statement-breakpoint
CREATE TABLE `epoch` (
	`epoch` integer PRIMARY KEY NOT NULL,
	`site` text NOT NULL,
	`gateway` text NOT NULL,
	`genesis_seq` integer NOT NULL,
	`started_at` integer NOT NULL,
	`reason` text NOT NULL,
	`parent_epoch` integer,
	`parent_seq` integer,
	`parent_hash` text,
	`reconciled_at` integer
);
--> statement-breakpoint
CREATE TABLE `exposure` (
	`mode` text NOT NULL,
	`issuer` text NOT NULL,
	`amount` integer NOT NULL,
	`claims` integer NOT NULL,
	PRIMARY KEY(`mode`, `issuer`)
);
--> statement-breakpoint
CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`at` integer NOT NULL,
	`clock` text NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`event` text,
	`mode` text NOT NULL,
	`charge` text,
	`passage` text,
	`body` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `lane_state` (
	`lane` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`alarm` text,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `parked` (
	`seq` integer PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`event` text,
	`erase_at` integer NOT NULL,
	`rerun_seq` integer
);
--> statement-breakpoint
CREATE INDEX `parked_erase_at` ON `parked` (`erase_at`) WHERE event is not null;--> statement-breakpoint
CREATE TABLE `pass_side` (
	`iss` text NOT NULL,
	`jti` text NOT NULL,
	`side` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`iss`, `jti`)
);
--> statement-breakpoint
CREATE TABLE `passage` (
	`id` text PRIMARY KEY NOT NULL,
	`lane` text NOT NULL,
	`mode` text NOT NULL,
	`ground` text NOT NULL,
	`spent_iss` text,
	`spent_id` text,
	`payer` text,
	`presence` integer,
	`granted_at` integer NOT NULL,
	`until` integer NOT NULL,
	`status` text NOT NULL,
	`moved_at` integer,
	`seq` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `passage_unused` ON `passage` (`lane`,`seq`) WHERE status in ('granted', 'opened', 'passing');--> statement-breakpoint
CREATE INDEX `passage_lapsed` ON `passage` (`seq`) WHERE status = 'lapsed';--> statement-breakpoint
CREATE TABLE `payer_day` (
	`payer` text NOT NULL,
	`mode` text NOT NULL,
	`day` text NOT NULL,
	`amount` integer NOT NULL,
	`payments` integer NOT NULL,
	PRIMARY KEY(`payer`, `mode`, `day`)
);
--> statement-breakpoint
CREATE TABLE `payment` (
	`seq` integer NOT NULL,
	`change_index` integer NOT NULL,
	`charge` text NOT NULL,
	`place_kind` text NOT NULL,
	`place_id` text NOT NULL,
	`tender` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`claim` text,
	`payer` text,
	`at` integer NOT NULL,
	PRIMARY KEY(`seq`, `change_index`)
);
--> statement-breakpoint
CREATE INDEX `payment_charge` ON `payment` (`charge`);--> statement-breakpoint
CREATE INDEX `payment_place` ON `payment` (`place_kind`,`place_id`,`seq`);--> statement-breakpoint
CREATE TABLE `pruned_segment` (
	`snapshot_seq` integer PRIMARY KEY NOT NULL,
	`from_seq` integer NOT NULL,
	`to_seq` integer NOT NULL,
	`last_hash` text NOT NULL,
	`pruned_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `seen` (
	`key` text PRIMARY KEY NOT NULL,
	`body_hash` text NOT NULL,
	`answer` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `snapshot` (
	`digest` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`record_seq` integer,
	`manifest` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `snapshot_part` (
	`hash` text PRIMARY KEY NOT NULL,
	`content` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `spent` (
	`iss` text NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`place_kind` text NOT NULL,
	`place_id` text NOT NULL,
	`charge` text,
	`passage` text,
	`amount` integer,
	`currency` text,
	`until` integer NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`iss`, `id`)
);
--> statement-breakpoint
CREATE TABLE `transfer` (
	`id` text PRIMARY KEY NOT NULL,
	`debit` text NOT NULL,
	`credit` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`code` text NOT NULL,
	`charge` text,
	`phase` text NOT NULL,
	`pending` text,
	`expires_at` integer,
	`resolved` text,
	`seq` integer NOT NULL,
	`linked_set` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `transfer_resolves_once` ON `transfer` (`pending`) WHERE pending is not null;--> statement-breakpoint
CREATE TABLE `upstream_receipt` (
	`seq` integer PRIMARY KEY NOT NULL,
	`epoch` integer NOT NULL,
	`hash` text NOT NULL,
	`durable` integer NOT NULL,
	`received_at` integer NOT NULL,
	`jws` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `vault` (
	`ref` text PRIMARY KEY NOT NULL,
	`salt` text,
	`value` text,
	`purpose` text NOT NULL,
	`erase_at` integer NOT NULL,
	`erased_seq` integer
);
--> statement-breakpoint
CREATE INDEX `vault_erase_at` ON `vault` (`erase_at`) WHERE value is not null;