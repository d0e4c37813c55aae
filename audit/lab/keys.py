"""Public RSA keys for the lab's DKIM records: base64 of DER (SubjectPublicKeyInfo). Nobody holds the private halves."""

from __future__ import annotations

RSA_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnZNvkc7w5L6pyq154URrIdJmSD/nb2UzK3pIrXiXgzCxQSIGEKRQv1MfodK6C+Xx30RdZ7J2"
    "0Kjr+l6jVlRwzuc7gedQWI/OURa4Mstfq/bSnUAoiBpEd8QJwyVzrD9Oe746YgBxLhBgY/m/ixk89nA0RSVkwSwwriYWUMAmqG+Zy7jK9jNWs2X9k00H"
    "MZPTJ5o8VIaU+S/9K6u4kuF9MAubgGPhUUX8isU2bukleU8diSGsAnTDOzDJb05y43ShvjXHR0EvzVERNeFsJmdv8wDpgNhOYVSSRRWtjfnVWaSpBDht"
    "auymH1jXWz/wCtamcbbckbZGGaJq/OooJec/GQIDAQAB"
)
RSA_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyDwdv08Hjx0IUW3TT0wR0rbZdSKguYi6oUhQbj49eVfEXXKE4ZE6GGsiSF2ZJ/MZmi3Fx+USJIy8E"
    "US0Va8STVqb8STxz2XIVtLHK7/gLlejdYEe81m2Oy4mr5c/cOBlMhJhmYnMYQfXUr8AU/EH5ZGUREYBi0ErI4ak8mh/IawIDAQAB"
)
