"""What a planner hands over: pages to print, a workbook and an inventory, all from one run's own tables.

`packet.read` holds a run; `dossier` tells one site's facts as plain data; `sheet`, `memo` and `pair` put them into
words and hand them to `press`, which sets them as tagged PDF; `workbook` and `inventory` are for spreadsheets.
"""
