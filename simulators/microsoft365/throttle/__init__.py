"""Microsoft's limits, as real token buckets and gates in memory: `prices.py` what a call costs, `limits.py` how much
there is, `buckets.py` how it runs out, `meter.py` who is sent away.

The numbers are those of "Microsoft Graph service-specific throttling limits" and of "Avoid getting throttled or
blocked in SharePoint Online".
"""
