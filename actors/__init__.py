"""The rim: mailboxes around the core's domain objects. Only `options` applies `ray.remote`."""
