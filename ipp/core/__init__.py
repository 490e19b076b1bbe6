"""The ground floor: organizations, accounts, events, files, calendar, tenancy, errors. Imports no app above it."""
