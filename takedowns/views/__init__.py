"""Pages of complaints: filing, following and the start page for rights holders, the desk for reviewers, the report form for anybody."""
