"""The generator `STPose` and the TKCS discriminator."""
