"""Static contexts, one module a subject. All people, figures and dates are invented."""
