-- Keys of the vendor's configuration that were kept and told, and have become settings: what was set counts now.

INSERT OR IGNORE INTO setting (key, value)
SELECT
  CASE key
    WHEN 'REGN_TIME_PART1' THEN 'active.part1'
    WHEN 'REGN_TIME_PART1_SWITCH' THEN 'active.part1_switch'
    WHEN 'REGN_TIME_PART2' THEN 'active.part2'
    WHEN 'REGN_TIME_PART2_SWITCH' THEN 'active.part2_switch'
    WHEN 'REGN_POSE_THRESH' THEN 'quality.stream_pose'
    WHEN 'REGN_VIDEO_FIQA' THEN 'quality.stream_fiqa'
    ELSE 'engine.mask'
  END,
  value
FROM vendor_config
WHERE key IN (
  'REGN_TIME_PART1', 'REGN_TIME_PART1_SWITCH', 'REGN_TIME_PART2', 'REGN_TIME_PART2_SWITCH',
  'REGN_POSE_THRESH', 'REGN_VIDEO_FIQA', 'ALG_SUPPORT_MASK'
);

DELETE FROM vendor_config
WHERE key IN (
  'REGN_TIME_PART1', 'REGN_TIME_PART1_SWITCH', 'REGN_TIME_PART2', 'REGN_TIME_PART2_SWITCH',
  'REGN_POSE_THRESH', 'REGN_VIDEO_FIQA', 'ALG_SUPPORT_MASK'
);
