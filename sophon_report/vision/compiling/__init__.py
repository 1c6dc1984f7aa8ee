"""Models for the chips out of the default ones: the vendor's compiler, its emulators, how far the answers agree.

For an x86-64 machine that prepares what boxes run; ``scripts/compile-models`` starts it. Nothing else imports it.
"""
