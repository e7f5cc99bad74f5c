"""What tests of every folder share: real servers, started and stopped."""
