"""What people and programs see: pages, the HTTP API, health. Stands on workflows and casework; no SQL, no Celery."""
