"""The transactional truth: schema, migrations, one writer, backups."""
