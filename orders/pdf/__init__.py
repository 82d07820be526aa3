"""Documents as PDF and PNG: orders.pdf.render is the door, everything else serves it."""
