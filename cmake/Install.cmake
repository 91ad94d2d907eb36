# Install rules, collected in one place.
