DROP INDEX `session_left`;--> statement-breakpoint
CREATE INDEX `session_credential_plate` ON `session_credential` (`value`) WHERE kind = 'plate';