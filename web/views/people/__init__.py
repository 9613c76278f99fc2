"""People and households as the pages of the campaign show them: what is known of them, earned and credited."""
