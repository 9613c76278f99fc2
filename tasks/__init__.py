"""What happens later: outbox, jobs, sweeps, notices, mail. A sibling of web; everything here works without a broker."""
