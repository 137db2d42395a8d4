"""What Pantau makes of fixed logs, as text: two runs are compared after a change that must change nothing."""
