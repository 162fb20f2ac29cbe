"""The audit trail: who saw or changed what, in lines that hang together by hash."""
