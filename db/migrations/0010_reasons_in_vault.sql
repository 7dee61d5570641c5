ALTER TABLE `seen` ADD `salt` text;--> statement-breakpoint
ALTER TABLE `staff_case` ADD `reason_ref` text;--> statement-breakpoint
ALTER TABLE `staff_case` ADD `reason_mac` text;--> statement-breakpoint
UPDATE `staff_case` SET `reason` = NULL WHERE `reason` NOT IN ('it has left', 'the stay was found', 'the camera at the exit has seen it', 'given back', 'moved to another charge', 'it has paid');--> statement-breakpoint
UPDATE `passage` SET `ground` = json_remove(`ground`, '$.reason') WHERE `ground` LIKE '{"kind":"override",%';
