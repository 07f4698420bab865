"""What a mailbox is born with. The same tenant, seed and person make the same mailbox with the same ids."""
