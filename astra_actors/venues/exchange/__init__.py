"""A local exchange that speaks Polymarket's wire: matching, accounts, settlement, verification, HTTP and WebSockets."""
