"""The spine all lifecycles share: history, deadlines, outbox, attachments, numbering, drafts, search."""
