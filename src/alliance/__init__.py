"""Alliance: from questionnaires filled in after each session to ruptures and their repair."""

