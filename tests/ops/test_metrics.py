"""The text that Prometheus reads."""

from sophon_report.ops.metrics import counter, gauge, render


def test_same_named_figures_are_one_family():
    """One HELP and TYPE, one line a label set; counters end in _total."""
    text = render(
        [
            counter("posts", "Posts.", 3, destination="a"),
            counter("posts", "Posts.", 4, destination="b"),
            gauge("clients", "Clients.", 2),
        ]
    ).decode()
    assert text.count("# TYPE sophon_report_posts_total counter") == 1
    assert 'sophon_report_posts_total{destination="b"} 4.0' in text
    assert "sophon_report_clients 2.0" in text
