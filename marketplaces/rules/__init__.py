"""Pure rules of marketplaces: values in, values out; no Django, no clock, no database."""
